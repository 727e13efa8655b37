#pragma once
// Inside this room only: the shapes a size takes on a label, read from tokens at one place.

#include <optional>
#include <span>
#include <string>

#include "catalog/size_words.hpp"

namespace vitrine::catalog {

struct SizeValue {
    SizeSystem system = SizeSystem::number;
    std::string value;
    std::size_t tokens = 0;  // how many it covers
    bool plain = false;      // of its kind an ordinary word or letter: "M", "6A", "TU"
};

// Reads values from one line's tokens. Every function gives none where its shape does not begin.
class SizeValues {
public:
    SizeValues(const SizeWords& words, std::span<const Token> tokens) : words_(words), tokens_(tokens) {}

    // "M", "S/M", "X-LARGE"
    std::optional<SizeValue> letter(std::size_t place) const;
    // "ONE SIZE", "TU"
    std::optional<SizeValue> one_size(std::size_t place) const;
    // "W32 L34", "W32", "32W 34L", "32x34"
    std::optional<SizeValue> waist(std::size_t place) const;
    // "L32": a leg length by itself, 32
    std::optional<SizeValue> leg_length(std::size_t place) const;
    // "75B", "34 DD"
    std::optional<SizeValue> bra(std::size_t place) const;
    // "104-110 cm", "6-7 years", "18 months", "6A"
    std::optional<SizeValue> child(std::size_t place) const;
    // "6-7" or "6" where a word for age stands before it
    std::optional<SizeValue> years(std::size_t place) const;
    // "38", "38.5", "8 1/2"; with `misread` also "4O" and "3B"
    std::optional<SizeValue> number(std::size_t place, bool misread) const;
    // "36/38" as two European sizes, "32/34" as waist and length, "39-42" as a range of shoes, "110/116" as heights
    std::optional<SizeValue> pair(std::size_t place) const;

    // What may follow a word that announces a size, most telling shape first.
    std::optional<SizeValue> any(std::size_t place) const;
    // The same after a country's name, where the number is that country's.
    std::optional<SizeValue> of_country(std::size_t place, SizeSystem system) const;

private:
    struct Range {
        std::string low, high;  // high is empty for one number
        std::size_t tokens = 0;
    };
    std::optional<Range> range(std::size_t place) const;
    const Token* token(std::size_t place) const { return place < tokens_.size() ? &tokens_[place] : nullptr; }
    bool is_price(std::size_t place) const;

    const SizeWords& words_;
    std::span<const Token> tokens_;
};

// A number of a size: 38 of "38", 38.5 of "38.5"; -1 for anything else.
double size_number(std::string_view text);

}  // namespace vitrine::catalog
