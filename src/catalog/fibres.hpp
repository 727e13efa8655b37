#pragma once
// Fibres and the composition that a label prints: "60% COTTON 40% POLYESTER", in any of the languages.

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/language.hpp"
#include "catalog/line.hpp"
#include "catalog/phrases.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

struct Fibre {
    std::string_view key;
    Names names;
};

struct MaterialReading {
    std::string_view fibre;      // a Fibre's key
    std::optional<int> percent;  // 1..100
    std::size_t line = 0;
    std::string_view part;           // "shell", "lining", "upper" ...; empty where the label names none
    int group = 0;                   // fibres of one group add up to 100; a label repeats a group in each language
    bool needs_second_sign = false;  // a fibre's name alone, without a share
};

class Fibres {
public:
    // Errors: catalog.bad_data.
    static Result<Fibres> load(std::span<const EmbeddedFile> files);

    std::span<const Fibre> all() const { return fibres_; }
    const Fibre* find(std::string_view key) const;
    std::optional<std::string_view> resolve(std::string_view name) const;  // "cotone" -> "cotton"

    // In the order of the label, repeats in other languages left out. A group that does not add up to 100 is given as it
    // was read: is_complete() tells. Any thread.
    std::vector<MaterialReading> read(std::span<const Line> lines) const;

private:
    std::vector<Fibre> fibres_;
    std::unordered_map<std::string_view, std::size_t> by_key_;
    Phrases names_, codes_, parts_;  // ids: places in fibres_, fibres_, part_names_
    std::vector<std::string_view> part_names_;
    std::vector<std::pair<std::string, std::size_t>> long_names_;  // joined names that a letter may be wrong in

    friend class CompositionReader;
};

// Whether the shares of the group add up to 100.
bool is_complete(std::span<const MaterialReading> readings, int group);

}  // namespace vitrine::catalog
