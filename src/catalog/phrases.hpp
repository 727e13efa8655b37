#pragma once
// Finds fixed phrases ("MADE IN", "TAGLIA UNICA") in the tokens of a line, as a camera and a reader leave them: letters
// confused, hyphens and stops lost or added, spaces lost ("MADEIN").

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/text.hpp"

namespace vitrine::catalog {

class Phrases {
public:
    struct Found {
        std::size_t id = 0;      // as it was added
        std::size_t tokens = 0;  // how many it covers
    };

    void add(std::string_view spelling, std::size_t id);

    // The longest phrase that begins at this token.
    std::optional<Found> at(std::span<const Token> tokens, std::size_t place) const;

private:
    struct Phrase {
        std::vector<std::string> words{};  // of the spelling: words, numbers and the symbols that matter
        std::string joined{};
        std::size_t id = 0;
    };
    std::vector<Phrase> phrases_;
    std::unordered_multimap<std::string, std::size_t> by_first_;  // skeleton of the first word
    std::unordered_multimap<std::string, std::size_t> by_start_;  // first letters of phrases that may have lost their spaces
};

}  // namespace vitrine::catalog
