#pragma once
// Text as the catalogue compares it: without case, accents and the differences that cameras and readers make.

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::catalog {

// Lower-case ASCII letters, digits and '&'; accents are taken off (ß becomes ss), apostrophes are dropped, full-width
// and look-alike Cyrillic capitals become Latin, everything else becomes one space. "LÉVI'S® Jeans" -> "levis jeans".
std::string fold(std::string_view utf8);

// The words of a folded text.
std::vector<std::string_view> words_of(std::string_view folded);

// The words of a folded text without the spaces between them.
std::string joined(std::string_view folded);

// What is left of a joined text when letters that text recognition confuses are made one: 0 o, 1 l i, 5 s, 8 b, rn m, vv w.
// Two texts with the same skeleton look the same in print.
std::string skeleton(std::string_view joined);

// Levenshtein's distance, or limit + 1 as soon as it is more than that.
int edit_distance(std::string_view a, std::string_view b, int limit);

enum class TokenKind { word, number, symbol };

// A piece of a label's line. Words are folded; a number keeps its digits with '.' for a decimal ("8½" is 8.5);
// a symbol is one character, with ° % / - : . among them and ® for ® and ™.
struct Token {
    TokenKind kind = TokenKind::symbol;
    std::string text;
    bool glued = false;  // no space before it
    bool upper = false;  // a word without small letters

    bool is(std::string_view other) const { return text == other; }
    bool is_number() const { return kind == TokenKind::number; }
    bool is_word() const { return kind == TokenKind::word; }
};

std::vector<Token> tokens_of(std::string_view utf8);

// The same with digits inside words taken for the letters they were misread from: "COTT0N". Not for sizes ("UK8US4").
std::vector<Token> word_tokens_of(std::string_view utf8);

}  // namespace vitrine::catalog
