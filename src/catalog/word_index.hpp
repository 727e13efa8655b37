#pragma once
// Finds what a person means by a word, in any of the languages and with a slip of the finger.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/language.hpp"

namespace vitrine::catalog {

// A thing, by its place in its table, and how near the word came: 1 its shown name, 0.95 a synonym, less for the plural,
// a name of which the word is a part, or a misspelling.
struct Match {
    std::size_t thing = 0;
    double closeness = 0;
};

class WordIndex {
public:
    void add(std::size_t thing, const Names&);

    // The nearest things first, each once. A word of `preferred` beats the same word of another language.
    std::vector<Match> find(std::string_view words, Language preferred, std::size_t count_max = 8) const;

private:
    struct Entry {
        std::string text;  // folded
        std::size_t thing = 0;
        Language language = Language::en;
        bool shown = false;
    };
    std::vector<Entry> entries_;
    std::unordered_multimap<std::string, std::size_t> by_text_;
};

}  // namespace vitrine::catalog
