#include "catalog/size_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace vitrine::catalog {
namespace {

bool is_whole(double number) {
    return number >= 0 && number == std::floor(number);
}

// 50, 56, 62 ... 176: the heights that children's sizes are cut for.
bool is_height(double number) {
    return number >= 50 && number <= 176 && is_whole(number) && (static_cast<int>(number) - 50) % 6 == 0;
}

bool is_cup(std::string_view word) {
    static constexpr std::string_view cups[] = {"aa", "a", "b", "c", "d", "dd", "ddd", "e", "f", "ff", "g", "h"};
    return std::find(std::begin(cups), std::end(cups), word) != std::end(cups);
}

// Under-bust bands: 60 to 115 in fives (EU, FR), 28 to 46 in twos (UK, US).
bool is_band(double number) {
    if (!is_whole(number)) return false;
    int band = static_cast<int>(number);
    return (band >= 60 && band <= 115 && band % 5 == 0) || (band >= 28 && band <= 46 && band % 2 == 0);
}

bool is_leg_length(double number) {
    return number >= 26 && number <= 38 && is_whole(number);
}
bool is_waist(double number) {
    return number >= 22 && number <= 54 && is_whole(number);
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

// The digit that a letter is misread from, or 0.
char digit_of(char letter) {
    switch (letter) {
        case 'o':
            return '0';
        case 'l':
        case 'i':
            return '1';
        case 'z':
            return '2';
        case 's':
            return '5';
        case 'b':
            return '8';
        default:
            return 0;
    }
}

}  // namespace

double size_number(std::string_view text) {
    double number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : -1;
}

std::optional<SizeValue> SizeValues::letter(std::size_t place) const {
    auto first = words_.at(SizeWord::Kind::letter, tokens_, place);
    if (!first) return std::nullopt;
    SizeValue read{SizeSystem::letter, std::string(first->word->key), first->tokens, first->word->plain};
    std::size_t next = place + read.tokens;
    if (const Token* between = token(next); between && (between->is("/") || between->is("-")))
        if (auto second = words_.at(SizeWord::Kind::letter, tokens_, next + 1); second && second->word->key != first->word->key) {
            read.value += fmt::format("/{}", second->word->key);
            read.tokens += 1 + second->tokens;
            read.plain = false;
        }
    return read;
}

std::optional<SizeValue> SizeValues::one_size(std::size_t place) const {
    auto found = words_.at(SizeWord::Kind::one_size, tokens_, place);
    if (!found) return std::nullopt;
    return SizeValue{SizeSystem::one_size, "one_size", found->tokens, found->word->plain};
}

std::optional<SizeValue> SizeValues::waist(std::size_t place) const {
    std::size_t here = place;
    auto skip_separators = [&] {
        while (token(here) && (token(here)->is("/") || token(here)->is("-") || token(here)->is(".") || token(here)->is(":"))) ++here;
    };
    auto takes_word = [&](std::initializer_list<std::string_view> words) {
        const Token* next = token(here);
        if (!next || std::find(words.begin(), words.end(), next->text) == words.end()) return false;
        ++here;
        return true;
    };
    auto takes_number = [&](bool (*fits)(double)) -> std::string {
        const Token* next = token(here);
        if (!next || !next->is_number() || !fits(size_number(next->text))) return {};
        ++here;
        return next->text;
    };
    std::string waist, length;
    bool lettered = takes_word({"w", "vv", "waist"});
    if (lettered) skip_separators();
    waist = takes_number(is_waist);
    if (waist.empty()) return std::nullopt;
    if (!lettered) lettered = takes_word({"w"});
    std::size_t after_waist = here;
    skip_separators();
    if (lettered) {
        bool said = takes_word({"l", "i", "length", "inseam", "leg"});
        skip_separators();
        bool apart = here > after_waist;
        length = takes_number(is_leg_length);
        said = (!length.empty() && takes_word({"l"})) || said;
        if (!said && !apart) length.clear();
        if (length.empty()) here = after_waist;
    } else {
        if (!takes_word({"x"})) return std::nullopt;
        length = takes_number(is_leg_length);
        if (length.empty()) return std::nullopt;
    }
    return SizeValue{SizeSystem::waist, length.empty() ? fmt::format("W{}", waist) : fmt::format("W{} L{}", waist, length), here - place,
                     length.empty()};
}

std::optional<SizeValue> SizeValues::leg_length(std::size_t place) const {
    const Token *letter = token(place), *length = token(place + 1);
    if (!letter || !length || !letter->is("l") || !length->is_number() || !is_leg_length(size_number(length->text))) return std::nullopt;
    return SizeValue{SizeSystem::waist, length->text, 2, true};
}

std::optional<SizeValue> SizeValues::bra(std::size_t place) const {
    const Token *band = token(place), *cup = token(place + 1);
    if (!band || !cup || !band->is_number() || !cup->is_word() || !cup->upper) return std::nullopt;
    if (!is_band(size_number(band->text)) || !is_cup(cup->text)) return std::nullopt;
    return SizeValue{SizeSystem::bra, band->text + upper(cup->text), 2, false};
}

std::optional<SizeValues::Range> SizeValues::range(std::size_t place) const {
    const Token* low = token(place);
    if (!low || !low->is_number() || !is_whole(size_number(low->text))) return std::nullopt;
    Range read{low->text, {}, 1};
    const Token *between = token(place + 1), *high = token(place + 2);
    bool joined = between && (between->is("-") || between->is("/") || between->is("to"));
    if (joined && high && high->is_number() && size_number(high->text) > size_number(low->text)) {
        read.high = high->text;
        read.tokens = 3;
    }
    return read;
}

std::optional<SizeValue> SizeValues::child(std::size_t place) const {
    auto numbers = range(place);
    if (!numbers) return std::nullopt;
    auto unit = words_.at(SizeWord::Kind::unit, tokens_, place + numbers->tokens);
    if (!unit) return std::nullopt;
    double low = size_number(numbers->low), high = numbers->high.empty() ? low : size_number(numbers->high);
    bool fits = false;
    switch (unit->word->system) {
        case SizeSystem::cm:
            fits = is_height(low) && is_height(high) && high - low <= 12;
            break;
        case SizeSystem::age:
            fits = high <= 16 && high - low <= 2;
            break;
        case SizeSystem::months:
            fits = high <= 36 && high - low <= 12;
            break;
        default:
            break;
    }
    if (!fits || high == 0) return std::nullopt;
    if (unit->word->plain && !tokens_[place + numbers->tokens].upper) return std::nullopt;
    std::string value = numbers->high.empty() ? numbers->low : fmt::format("{}-{}", numbers->low, numbers->high);
    return SizeValue{unit->word->system, value, numbers->tokens + unit->tokens, unit->word->plain};
}

std::optional<SizeValue> SizeValues::years(std::size_t place) const {
    auto numbers = range(place);
    if (!numbers || is_price(place + numbers->tokens - 1)) return std::nullopt;
    double low = size_number(numbers->low), high = numbers->high.empty() ? low : size_number(numbers->high);
    if (low < 1 || high > 16 || high - low > 2) return std::nullopt;
    return SizeValue{SizeSystem::age, numbers->high.empty() ? numbers->low : fmt::format("{}-{}", numbers->low, numbers->high),
                     numbers->tokens, false};
}

std::optional<SizeValue> SizeValues::number(std::size_t place, bool misread) const {
    const Token* first = token(place);
    if (!first || is_price(place)) return std::nullopt;
    const Token* second = token(place + 1);
    if (misread && second && second->glued && first->text.size() == 1 && second->text.size() == 1 &&
        first->is_number() != second->is_number()) {
        char tens = first->is_number() ? first->text[0] : digit_of(first->text[0]);
        char ones = second->is_number() ? second->text[0] : digit_of(second->text[0]);
        bool ends = !token(place + 2) || !token(place + 2)->glued;
        if (tens && ones && ends) return SizeValue{SizeSystem::number, {tens, ones}, 2, false};
    }
    if (!first->is_number() || first->text.size() > 4) return std::nullopt;
    const Token *one = token(place + 1), *bar = token(place + 2), *two = token(place + 3);
    if (one && bar && two && !one->glued && one->is("1") && bar->is("/") && two->is("2"))
        return SizeValue{SizeSystem::number, first->text + ".5", 4, false};
    std::string value = first->text;
    if (value.ends_with(".0")) value.resize(value.size() - 2);
    double number = size_number(value);
    if (number < 0 || !(is_whole(number) || value.ends_with(".5"))) return std::nullopt;
    return SizeValue{SizeSystem::number, value, 1, false};
}

std::optional<SizeValue> SizeValues::pair(std::size_t place) const {
    auto numbers = range(place);
    if (!numbers) return std::nullopt;
    // The second may be the smaller one in a waist and length: "34/32".
    if (numbers->high.empty()) {
        const Token *bar = token(place + 1), *length = token(place + 2);
        if (!bar || !bar->is("/") || !length || !length->is_number()) return std::nullopt;
        numbers->high = length->text;
        numbers->tokens = 3;
    }
    if (const Token* after = token(place + numbers->tokens); after && (after->is("/") || after->is("-"))) return std::nullopt;  // a date
    double low = size_number(numbers->low), high = size_number(numbers->high);
    bool slash = token(place + 1)->is("/");
    bool even = is_whole(low / 2) && is_whole(high / 2);
    if (is_height(low) && is_height(high) && high - low == 6 && low >= 62)
        return SizeValue{SizeSystem::cm, fmt::format("{}-{}", numbers->low, numbers->high), numbers->tokens, false};
    if (slash && low >= 24 && low <= 46 && high >= 28 && high <= 36 && !(low == 34 && high == 36))
        return SizeValue{SizeSystem::waist, fmt::format("W{} L{}", numbers->low, numbers->high), numbers->tokens, false};
    if (even && high - low == 2 && low >= 32 && low <= 60)
        return SizeValue{SizeSystem::number, fmt::format("{}/{}", numbers->low, numbers->high), numbers->tokens, false};
    if (low >= 18 && high <= 50 && high > low && high - low <= 4)
        return SizeValue{SizeSystem::number, fmt::format("{}-{}", numbers->low, numbers->high), numbers->tokens, false};
    return std::nullopt;
}

std::optional<SizeValue> SizeValues::any(std::size_t place) const {
    if (auto read = one_size(place)) return read;
    if (auto read = waist(place)) return read;
    if (auto read = bra(place)) return read;
    if (auto read = child(place)) return read;
    if (auto read = letter(place)) return read;
    if (auto read = pair(place)) return read;
    auto read = number(place, true);
    if (!read) return std::nullopt;
    double size = size_number(read->value);
    if (is_height(size) && size > 66)
        read->system = SizeSystem::cm;
    else if (size > 66)
        return std::nullopt;
    return read;
}

std::optional<SizeValue> SizeValues::of_country(std::size_t place, SizeSystem system) const {
    if (auto read = bra(place)) return read;
    if (auto read = letter(place)) return read;
    auto read = pair(place);
    if (!read || read->value.find('/') == std::string::npos || read->system != SizeSystem::number) read = number(place, true);
    if (!read) return std::nullopt;
    double size = size_number(read->value.substr(0, read->value.find('/')));
    bool fits = false;
    switch (system) {
        case SizeSystem::eu:
            fits = size >= 15 && size <= 64;
            break;
        case SizeSystem::uk:
            fits = size <= 48;
            break;
        case SizeSystem::us:
            fits = size <= 52;
            break;
        case SizeSystem::it:
            fits = size >= 16 && size <= 66;
            break;
        case SizeSystem::fr:
            fits = size >= 16 && size <= 66;
            break;
        case SizeSystem::es:
            fits = size >= 16 && size <= 66;
            break;
        case SizeSystem::de:
            fits = size >= 16 && size <= 110;
            break;
        default:
            fits = true;
            break;
    }
    if (!fits) return std::nullopt;
    read->system = system;
    return read;
}

// "42,99" and "42 €" are prices, "40 °" and "40 %" are no sizes either.
bool SizeValues::is_price(std::size_t place) const {
    const Token* number = token(place);
    auto stop = number->text.find('.');
    if (stop != std::string::npos && number->text.size() - stop == 3) return true;
    const Token* after = token(place + 1);
    return after && (after->is("€") || after->is("$") || after->is("£") || after->is("°") || after->is("%") || after->is("+"));
}

}  // namespace vitrine::catalog
