#include "catalog/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace vitrine::catalog {
namespace {

// U+00C0 to U+017F without their accents; '*' is no letter, '+' has two (see wide_letters).
constexpr std::string_view latin =
    "aaaaaa+ceeeeiiiidnooooo*ouuuuy++aaaaaa+ceeeeiiiidnooooo*ouuuuy+y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii++jjkkkllllllllllnnnnnnnnnoooooo++rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(latin.size() == 0x180 - 0xC0);

std::string_view wide_letters(char32_t c) {
    switch (c) {
        case 0xC6:
        case 0xE6:
            return "ae";
        case 0xDE:
        case 0xFE:
            return "th";
        case 0xDF:
            return "ss";
        case 0x132:
        case 0x133:
            return "ij";
        case 0x152:
        case 0x153:
            return "oe";
        default:
            return "";
    }
}

// Cyrillic and Greek capitals that text recognition with a large alphabet puts for Latin ones.
char look_alike(char32_t c) {
    switch (c) {
        case 0x410:
        case 0x430:
        case 0x391:
            return 'a';
        case 0x412:
        case 0x392:
            return 'b';
        case 0x415:
        case 0x435:
        case 0x395:
            return 'e';
        case 0x41A:
        case 0x39A:
            return 'k';
        case 0x41C:
        case 0x39C:
            return 'm';
        case 0x41D:
        case 0x397:
            return 'h';
        case 0x41E:
        case 0x43E:
        case 0x39F:
            return 'o';
        case 0x420:
        case 0x440:
        case 0x3A1:
            return 'p';
        case 0x421:
        case 0x441:
            return 'c';
        case 0x422:
        case 0x3A4:
            return 't';
        case 0x425:
        case 0x445:
        case 0x3A7:
            return 'x';
        case 0x406:
        case 0x456:
        case 0x399:
            return 'i';
        case 0x39D:
            return 'n';
        default:
            return 0;
    }
}

// One code point, a replacement for each malformed byte.
char32_t take(std::string_view& text) {
    auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
    char32_t c = byte(0);
    std::size_t size = 1;
    if (c >= 0xC2 && c < 0xE0 && follows(1))
        c = ((c & 0x1F) << 6) | (byte(1) & 0x3F), size = 2;
    else if (c >= 0xE0 && c < 0xF0 && follows(1) && follows(2))
        c = ((c & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F), size = 3;
    else if (c >= 0xF0 && c < 0xF5 && follows(1) && follows(2) && follows(3))
        c = ((c & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F), size = 4;
    else if (c >= 0x80)
        c = 0xFFFD;
    text.remove_prefix(size);
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full width
    return c;
}

struct Letter {
    char one = 0;          // 'a'..'z', or 0
    std::string_view two;  // "ss", or empty
    bool upper = false;
    explicit operator bool() const { return one || !two.empty(); }
};

Letter letter_of(char32_t c) {
    if (c >= 'a' && c <= 'z') return {static_cast<char>(c), {}, false};
    if (c >= 'A' && c <= 'Z') return {static_cast<char>(c - 'A' + 'a'), {}, true};
    if (c >= 0xC0 && c < 0x180) {
        char base = latin[c - 0xC0];
        bool upper = c < 0xDF;  // beyond Latin-1 capitals and small letters alternate; a label's case is judged by its plain letters
        if (base == '+') return {0, wide_letters(c), upper};
        if (base != '*') return {base, {}, upper};
    }
    if (char base = look_alike(c)) return {base, {}, true};
    return {};
}

bool is_apostrophe(char32_t c) {
    return c == '\'' || c == '`' || c == 0xB4 || c == 0x2018 || c == 0x2019 || c == 0x2032;
}
bool is_dropped(char32_t c) {
    return (c >= 0x300 && c < 0x370) || c == 0xAD || c == 0x200B || c == 0xFEFF;
}
bool is_digit(char32_t c) {
    return c >= '0' && c <= '9';
}

// The symbol a code point stands for, or none where it only separates.
std::string_view symbol_of(char32_t c) {
    static constexpr std::string_view ascii = "!\"#$%&()*+,-./:;<=>?@[\\]^_{|}~";
    if (c < 0x80) {
        auto place = ascii.find(static_cast<char>(c));
        return place == std::string_view::npos ? std::string_view{} : ascii.substr(place, 1);
    }
    switch (c) {
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2212:
            return "-";
        case 0xAE:
        case 0x2122:
        case 0x24C7:
            return "®";
        case 0xB0:
        case 0xBA:
        case 0x2103:
            return "°";
        case 0x20AC:
            return "€";
        case 0xA3:
            return "£";
        case 0x3001:
        case 0xFF64:
            return ",";
        case 0xD7:
            return "x";
        default:
            return {};
    }
}

std::string_view fraction_of(char32_t c) {
    switch (c) {
        case 0xBD:
            return ".5";
        case 0xBC:
            return ".25";
        case 0xBE:
            return ".75";
        default:
            return {};
    }
}

}  // namespace

std::string fold(std::string_view text) {
    std::string folded;
    folded.reserve(text.size());
    bool gap = false;
    while (!text.empty()) {
        char32_t c = take(text);
        if (is_apostrophe(c) || is_dropped(c)) continue;
        Letter letter = letter_of(c);
        if (!letter && !is_digit(c) && c != '&') {
            gap = true;
            continue;
        }
        if (gap && !folded.empty()) folded += ' ';
        gap = false;
        if (letter.one)
            folded += letter.one;
        else if (letter)
            folded += letter.two;
        else
            folded += static_cast<char>(c);
    }
    return folded;
}

std::vector<std::string_view> words_of(std::string_view folded) {
    std::vector<std::string_view> words;
    while (!folded.empty()) {
        auto end = folded.find(' ');
        if (end != 0) words.push_back(folded.substr(0, end));
        folded.remove_prefix(end == std::string_view::npos ? folded.size() : end + 1);
    }
    return words;
}

std::string joined(std::string_view folded) {
    std::string text(folded);
    std::erase(text, ' ');
    return text;
}

std::string skeleton(std::string_view joined) {
    std::string bones;
    bones.reserve(joined.size());
    for (char c : joined) {
        switch (c) {
            case '0':
                c = 'o';
                break;
            case '1':
            case 'l':
                c = 'i';
                break;
            case '5':
                c = 's';
                break;
            case '8':
                c = 'b';
                break;
            default:
                break;
        }
        if (c == 'n' && !bones.empty() && bones.back() == 'r')
            bones.back() = 'm';
        else if (c == 'v' && !bones.empty() && bones.back() == 'v')
            bones.back() = 'w';
        else
            bones += c;
    }
    return bones;
}

int edit_distance(std::string_view a, std::string_view b, int limit) {
    if (a.size() > b.size()) std::swap(a, b);
    constexpr std::size_t longest = 64;
    if (static_cast<int>(b.size() - a.size()) > limit || b.size() > longest) return limit + 1;
    std::array<int, longest + 1> row{};
    for (std::size_t i = 0; i <= a.size(); ++i) row[i] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
        int diagonal = row[0], best = row[0] = static_cast<int>(j);
        for (std::size_t i = 1; i <= a.size(); ++i) {
            int cost = std::min({row[i] + 1, row[i - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = row[i];
            row[i] = cost;
            best = std::min(best, cost);
        }
        if (best > limit) return limit + 1;
    }
    return row[a.size()];
}

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    bool gap = true;
    // The token that a letter or digit goes on with, or a new one.
    auto going_on = [&](TokenKind kind) -> Token& {
        if (gap || tokens.empty() || tokens.back().kind != kind) tokens.push_back({kind, {}, !gap && !tokens.empty(), true});
        gap = false;
        return tokens.back();
    };
    while (!text.empty()) {
        char32_t c = take(text);
        if (is_apostrophe(c) || is_dropped(c)) continue;
        if (Letter letter = letter_of(c)) {
            Token& token = going_on(TokenKind::word);
            if (letter.one)
                token.text += letter.one;
            else
                token.text += letter.two;
            token.upper = token.upper && letter.upper;
        } else if (is_digit(c)) {
            going_on(TokenKind::number).text += static_cast<char>(c);
        } else if (auto fraction = fraction_of(c); !fraction.empty()) {
            Token& token = going_on(TokenKind::number);
            token.text += token.text.empty() ? "0" : "";
            token.text += fraction;
        } else if ((c == '.' || c == ',') && !gap && !tokens.empty() && tokens.back().is_number() && !text.empty() &&
                   is_digit(text.front()) && tokens.back().text.find('.') == std::string::npos) {
            tokens.back().text += '.';
        } else if (auto symbol = symbol_of(c); !symbol.empty()) {
            tokens.push_back({TokenKind::symbol, std::string(symbol), !gap && !tokens.empty(), false});
            gap = false;
        } else {
            gap = true;
        }
    }
    return tokens;
}

std::vector<Token> word_tokens_of(std::string_view text) {
    std::vector<Token> tokens = tokens_of(text), healed;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        bool inside = tokens[i].is_number() && tokens[i].text.size() == 1 && tokens[i].glued && i + 1 < tokens.size() &&
                      tokens[i + 1].glued && tokens[i + 1].is_word() && !healed.empty() && healed.back().is_word();
        char letter = !inside             ? '\0'
                      : tokens[i].is("0") ? 'o'
                      : tokens[i].is("1") ? 'i'
                      : tokens[i].is("5") ? 's'
                      : tokens[i].is("8") ? 'b'
                                          : '\0';
        if (letter && healed.back().text.size() + tokens[i + 1].text.size() >= 3) {
            healed.back().text += letter + tokens[i + 1].text;
            ++i;
        } else {
            healed.push_back(std::move(tokens[i]));
        }
    }
    return healed;
}

}  // namespace vitrine::catalog
