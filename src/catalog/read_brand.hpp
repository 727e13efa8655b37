#pragma once
// Finds brand names in text that was read on a thing.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/brands.hpp"
#include "catalog/line.hpp"

namespace vitrine::catalog {

struct BrandReading {
    const Brand* brand = nullptr;
    std::size_t line = 0;
    std::string text;                // the words that were taken for the name, folded: "levls"
    double closeness = 0;            // 1 letter by letter, 0.96 looks the same, less with letters wrong
    bool alone = false;              // nothing else stands on its line but a size
    bool needs_second_sign = false;  // an ordinary word, a short name misread, or in a sentence: label.hpp weighs it
};

// Reads lines against every spelling: case, accents, spaces and punctuation aside; 0/O, 1/I/l, 5/S, 8/B, rn/m are the
// same; one wrong letter from six letters on, two from twelve, never by a beginning or an end alone. The longest name on a line wins, a
// name letter by letter before one that is merely near, and two names equally near are none. An ordinary word inside other words is no
// name. Any thread; it keeps no state between calls. 30 lines take well under a millisecond.
class BrandReader {
public:
    explicit BrandReader(const Brands& brands);  // which must outlive the reader

    // In the order of the lines.
    std::vector<BrandReading> read(std::span<const Line> lines) const;

private:
    struct Candidate {
        const Spelling* spelling = nullptr;
        double closeness = 0;
        std::size_t first = 0, last = 0;  // words of the line
        std::string text{};
    };

    std::vector<Candidate> candidates(const std::vector<std::string_view>& words, bool loosely) const;
    std::optional<Candidate> match(const std::string& joined, std::size_t word_count, bool spelled_out, bool loosely) const;
    std::optional<Candidate> match_loosely(const std::string& joined, const std::string& bones) const;
    std::optional<BrandReading> read_pair(const Line& above, const Line& below, std::size_t line) const;

    const Brands& brands_;
    std::unordered_multimap<std::string, const Spelling*> by_bones_;
    // Spellings by the length of their skeleton, for the search with wrong letters; each with the set of its letters.
    struct Loose {
        std::uint32_t letters = 0;
        const Spelling* spelling = nullptr;
    };
    std::array<std::vector<Loose>, 40> by_length_;
};

}  // namespace vitrine::catalog
