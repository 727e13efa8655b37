#pragma once
// Names for colours: the nearest prototype in CIELAB.

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/language.hpp"
#include "catalog/word_index.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

// CIELAB, D65, L 0..100.
struct Lab {
    double l = 0, a = 0, b = 0;
};

// CIEDE2000 (Sharma, Wu, Dalal 2005), kL = kC = kH = 1.
double colour_difference(const Lab&, const Lab&);

struct Colour {
    std::string_view key;     // "light_blue"
    std::string_view swatch;  // sRGB, "a9c9e8"; empty for multicolour
    Names names;
    std::vector<Lab> prototypes;  // none for silver, gold and multicolour, which no single colour shows
};

struct NamedColour {
    std::string_view key;
    double confidence = 0;  // 0.5 is half way to another name, 1 a prototype itself
};

class Colours {
public:
    // Errors: catalog.bad_data.
    static Result<Colours> load(std::span<const EmbeddedFile> files);

    std::span<const Colour> all() const { return colours_; }
    const Colour* find(std::string_view key) const;
    NamedColour name_of(const Lab&) const;
    // What a person calls so, or null: "rosso", "dark blue".
    const Colour* resolve(std::string_view words, Language) const;

private:
    std::vector<Colour> colours_;
    std::unordered_map<std::string_view, std::size_t> by_key_;
    WordIndex words_;
};

}  // namespace vitrine::catalog
