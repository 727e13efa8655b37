#include "catalog/read_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace vitrine::catalog {
namespace {

using Kind = SizeWord::Kind;

// How much each way of writing a size proves.
constexpr double announced = 0.95;           // SIZE M, TAGLIA 42
constexpr double announced_above = 0.85;     // SIZE over M
constexpr double of_a_country = 0.92;        // EU 38
constexpr double of_a_plain_country = 0.88;  // IT 44 beside others
constexpr double with_unit = 0.9;            // 6-7 YEARS, W32 L34, ONE SIZE
constexpr double lone_letters = 0.65;        // XL
constexpr double lone_letter = 0.55;         // M
constexpr double lone_pair = 0.5;            // 32/34
constexpr double lone_number = 0.35;         // 38

bool is_ornament(const Token& token) {
    return token.is("-") || token.is(".") || token.is(",") || token.is(":") || token.is("®") || token.is("*") || token.is("(") ||
           token.is(")") || token.is("|") || token.is("_") || token.is("=") || token.is("+");
}
bool is_separator(const Token& token) {
    return token.is("/") || token.is(":") || token.is(".") || token.is("-") || token.is("=") || token.is("|");
}

// "12 A" beside "152 CM": an age and the height children have at it prove each other.
void prove_children(std::vector<SizeReading>& readings) {
    auto agree = [](const SizeReading& age, const SizeReading& height) {
        if (age.system != SizeSystem::age || height.system != SizeSystem::cm) return false;
        double years = size_number(age.value), centimetres = size_number(height.value);
        return years >= 0 && std::abs(80 + 6 * years - centimetres) <= 6 &&
               std::max(age.line, height.line) - std::min(age.line, height.line) <= 1;
    };
    for (SizeReading& one : readings)
        for (SizeReading& other : readings)
            if (agree(one, other)) one.needs_second_sign = other.needs_second_sign = false;
}

// One line on its way to readings.
class LineReader {
public:
    LineReader(const SizeWords& words, std::vector<Token> tokens)
        : words_(words), tokens_(std::move(tokens)), values_(words, tokens_), used_(tokens_.size()) {}

    struct Found {
        SizeValue value;
        double strength = 0;
        bool needs_second_sign = false;
        bool bare = false;
    };
    struct CountryPair {
        SizeValue value;
        bool known = true, plain = false, single = false, whole = false;
    };
    std::vector<Found> found;
    std::vector<CountryPair> pairs;

    void read() {
        read_announced();
        read_countries();
        read_units();
        read_alone();
    }

    // The line says only "SIZE / TAILLE": its value is on the next one.
    const SizeWord* only_announces() const {
        const SizeWord* word = nullptr;
        std::size_t place = 0;
        while (place < tokens_.size()) {
            if (is_separator(tokens_[place]) || is_ornament(tokens_[place])) {
                ++place;
            } else if (auto keyword = words_.at(Kind::keyword, tokens_, place); keyword && !keyword->word->plain) {
                if (!word) word = keyword->word;
                place += keyword->tokens;
            } else {
                return nullptr;
            }
        }
        return word;
    }

    // The line says only "EU" or "IT": its number is on the next one.
    const SizeWord* only_country() const {
        std::size_t first = first_place();
        auto country = words_.at(Kind::country, tokens_, first);
        if (!country || !ends_at(first + country->tokens)) return nullptr;
        bool readable = !country->word->plain || (tokens_[first].upper && tokens_[first].text.size() > 1);
        return readable ? country->word : nullptr;
    }

    // The whole line as a size of the country above.
    std::optional<SizeValue> whole_value_of(const SizeWord& country) const {
        std::size_t first = first_place();
        auto value = values_.of_country(first, country.system);
        return value && ends_at(first + value->tokens) ? value : std::nullopt;
    }

    // "L32" and nothing else: the leg length below a waist.
    std::string only_leg_length() const {
        std::size_t first = first_place();
        auto value = values_.leg_length(first);
        return value && ends_at(first + value->tokens) ? value->value : std::string{};
    }

    // The whole line as one value, whatever announced it above.
    std::optional<SizeValue> whole_value() const {
        std::size_t first = first_place();
        auto value = values_.any(first);
        return value && ends_at(first + value->tokens) ? value : std::nullopt;
    }

private:
    std::size_t first_place() const {
        std::size_t place = 0;
        while (place < tokens_.size() && is_ornament(tokens_[place])) ++place;
        return place;
    }
    bool ends_at(std::size_t place) const {
        return std::all_of(tokens_.begin() + static_cast<std::ptrdiff_t>(place), tokens_.end(), is_ornament);
    }
    bool is_free(std::size_t place, std::size_t count) const {
        return std::none_of(used_.begin() + static_cast<std::ptrdiff_t>(place), used_.begin() + static_cast<std::ptrdiff_t>(place + count),
                            [](bool used) { return used; });
    }
    bool nothing_unread_before(std::size_t place) const {
        for (std::size_t here = 0; here < place; ++here)
            if (!used_[here] && !is_ornament(tokens_[here]) && !is_separator(tokens_[here])) return false;
        return true;
    }
    void use(std::size_t place, std::size_t count) { std::fill_n(used_.begin() + static_cast<std::ptrdiff_t>(place), count, true); }

    // "SIZE M", "TAGLIA/SIZE: 42", "AGE 6-7", "T. 38", "SIZEXL"
    void read_announced() {
        for (std::size_t place = 0; place < tokens_.size(); ++place) {
            if (read_run_together(place)) continue;
            auto keyword = words_.at(Kind::keyword, tokens_, place);
            if (!keyword) continue;
            const SizeWord* word = keyword->word;
            std::size_t here = place + keyword->tokens;
            bool stopped = false;
            for (;;) {
                if (here < tokens_.size() && is_separator(tokens_[here])) {
                    stopped = stopped || tokens_[here].is(".") || tokens_[here].is(":");
                    ++here;
                } else if (auto more = words_.at(Kind::keyword, tokens_, here); more && !more->word->plain) {
                    here += more->tokens;
                } else {
                    break;
                }
            }
            if (!word->plain && read_announced_country(place, here)) continue;
            auto value = value_after(here, *word);
            if (!value || !is_free(place, here + value->tokens - place)) continue;
            bool whole = place == first_place() && ends_at(here + value->tokens);
            if (word->plain && !stopped && !whole) continue;
            found.push_back({*value, word->plain ? announced_above : announced, word->plain && (!stopped || value->plain), false});
            use(place, here + value->tokens - place);
        }
    }

    // "SIZE IT 44": behind a size word no country is an ordinary word.
    bool read_announced_country(std::size_t place, std::size_t here) {
        auto country = words_.at(Kind::country, tokens_, here);
        if (!country) return false;
        here += country->tokens;
        while (here < tokens_.size() && is_separator(tokens_[here])) ++here;
        auto value = values_.of_country(here, country->word->system);
        if (!value || !is_free(place, here + value->tokens - place)) return false;
        pairs.push_back({*value, country->word->known, false, false, false});
        use(place, here + value->tokens - place);
        return true;
    }

    std::optional<SizeValue> value_after(std::size_t place, const SizeWord& word) {
        if (words_.at(Kind::country, tokens_, place) && !values_.letter(place)) return std::nullopt;  // SIZE EU 38 is the country's
        if (word.system == SizeSystem::age) {
            auto child = values_.child(place);
            return child ? child : values_.years(place);
        }
        auto value = values_.any(place);
        if (!value) return std::nullopt;
        if (value->system == SizeSystem::number && word.system != SizeSystem::number && size_number(value->value) >= 30)
            value->system = word.system;
        return value;
    }

    // The reader lost the space: "SIZEXL", "TAGLIAM". A plural ("SIZES") is none.
    bool read_run_together(std::size_t place) {
        const Token& token = tokens_[place];
        for (std::string_view keyword : {"size", "taglia", "taille", "grosse", "groesse", "talla"}) {
            if (!token.text.starts_with(keyword) || token.text.size() == keyword.size()) continue;
            auto rest = tokens_of(token.text.substr(keyword.size()));
            auto letter = words_.at(Kind::letter, rest, 0);
            if (!letter || letter->tokens != rest.size() || token.text.ends_with("es") || letter->word->key == "S") continue;
            found.push_back({{SizeSystem::letter, std::string(letter->word->key), 1, false}, announced_above, false, false});
            use(place, 1);
            return true;
        }
        return false;
    }

    // "EU 38 UK 10", "EUR38", "38 EU". The pairs of all lines together decide which of the plain ones count.
    void read_countries() {
        for (std::size_t place = 0; place < tokens_.size(); ++place) {
            auto country = words_.at(Kind::country, tokens_, place);
            if (!country || !is_free(place, country->tokens)) continue;
            const SizeWord& word = *country->word;
            if (word.plain && !tokens_[place].upper) continue;
            std::size_t here = place + country->tokens;
            while (here < tokens_.size() && is_separator(tokens_[here])) ++here;
            auto value = values_.of_country(here, word.system);
            std::size_t end = value ? here + value->tokens : 0;
            if (!value && place > 0 && !word.plain && is_free(place - 1, 1)) {  // "38 EU"
                value = values_.number(place - 1, false);
                if (value && value->tokens == 1 && values_.of_country(place - 1, word.system)) {
                    value->system = word.system;
                    end = place + country->tokens;
                    --place;
                } else {
                    value.reset();
                }
            }
            if (!value) continue;
            bool whole = place == first_place() && ends_at(end);
            pairs.push_back({*value, word.known, word.plain, word.plain && tokens_[place].text.size() == 1, whole});
            use(place, end - place);
            place = end - 1;
        }
    }

    // "104-110 CM", "W32 L34", "ONE SIZE"
    void read_units() {
        for (std::size_t place = 0; place < tokens_.size(); ++place) {
            if (used_[place]) continue;
            bool begins = nothing_unread_before(place);
            auto take = [&](const std::optional<SizeValue>& value, double strength, bool needs_second_sign) {
                if (!value || !is_free(place, value->tokens)) return false;
                found.push_back({*value, strength, needs_second_sign, false});
                use(place, value->tokens);
                place += value->tokens - 1;
                return true;
            };
            if (auto value = values_.one_size(place); value && (!value->plain || (begins && ends_at(place + value->tokens))))
                if (take(value, value->plain ? lone_letters : with_unit, value->plain)) continue;
            if (auto value = values_.waist(place)) {
                bool whole = begins && ends_at(place + value->tokens);
                bool lettered = tokens_[place].is_word() || (place + 1 < tokens_.size() && tokens_[place + 1].is("w"));
                if (lettered && (!value->plain || whole) && take(value, value->plain ? lone_letters : with_unit, value->plain)) continue;
                if (!lettered && whole && take(value, lone_letters, true)) continue;
            }
            if (auto value = values_.child(place)) {
                bool whole = begins && ends_at(place + value->tokens);
                bool ranged = value->value.find('-') != std::string::npos;
                if (!value->plain && (ranged || whole)) {
                    if (take(value, with_unit, !ranged)) continue;
                } else if (value->plain && (whole || beside_height(place + value->tokens))) {
                    if (take(value, lone_letters, true)) continue;
                }
            }
        }
    }

    // "6A 116 CM": the height behind an age proves it.
    bool beside_height(std::size_t place) const {
        while (place < tokens_.size() && (is_separator(tokens_[place]) || is_ornament(tokens_[place]))) ++place;
        auto value = place < tokens_.size() ? values_.child(place) : std::nullopt;
        return value && value->system == SizeSystem::cm;
    }

    // "M", "75B", "32/34", "38" and nothing else on the line.
    void read_alone() {
        if (!found.empty() || !pairs.empty()) return;
        std::size_t first = first_place();
        if (first == tokens_.size()) return;
        auto whole = [&](const std::optional<SizeValue>& value) { return value && ends_at(first + value->tokens); };
        if (auto value = values_.letter(first); whole(value)) {
            bool capital = tokens_[first].upper || tokens_[first].is_number();
            if (capital) found.push_back({*value, value->plain ? lone_letter : lone_letters, true, false});
        } else if (auto cup = values_.bra(first); whole(cup)) {
            found.push_back({*cup, lone_pair, true, true});
        } else if (auto pair = values_.pair(first); whole(pair)) {
            found.push_back({*pair, lone_pair, true, true});
        } else if (auto number = values_.number(first, false); whole(number)) {
            double size = size_number(number->value);
            if (size >= 4 && size <= 60) found.push_back({*number, lone_number, true, true});
        }
    }

    const SizeWords& words_;
    std::vector<Token> tokens_;
    SizeValues values_;
    std::vector<bool> used_;
};

// "EU" over "38": the country of the number that is line `i`. Of a label photographed upside down it stands below.
const SizeWord* country_of_number(const std::vector<LineReader>& read, std::size_t i) {
    if (i > 0)
        if (const SizeWord* above = read[i - 1].only_country(); above && read[i].whole_value_of(*above)) return above;
    if (i + 1 == read.size()) return nullptr;
    const SizeWord* below = read[i + 1].only_country();
    if (!below || !read[i].whole_value_of(*below)) return nullptr;
    bool has_its_own = i + 2 < read.size() && read[i + 2].whole_value_of(*below);
    return has_its_own ? nullptr : below;
}

// "W33" over "L32", or under it: one size.
void join_leg_length(std::vector<LineReader>& read, std::size_t i) {
    if (read[i].found.size() != 1) return;
    auto& [value, strength, needs_second_sign, bare] = read[i].found.front();
    if (value.system != SizeSystem::waist || !value.plain) return;
    std::string length = i + 1 < read.size() ? read[i + 1].only_leg_length() : std::string{};
    if (length.empty() && i > 0) length = read[i - 1].only_leg_length();
    if (length.empty()) return;
    value = {SizeSystem::waist, fmt::format("{} L{}", value.value, length), value.tokens, false};
    strength = with_unit;
    needs_second_sign = false;
}

}  // namespace

std::vector<SizeReading> SizeReader::read(std::span<const Line> lines) const {
    std::vector<SizeReading> readings;
    auto add = [&](const SizeValue& value, std::size_t line, double strength, bool needs_second_sign, bool bare) {
        readings.push_back({value.system, value.value, size_text(value.system, value.value, Language::en), line,
                            strength * std::min(1.0f, lines[line].confidence), needs_second_sign, bare});
    };

    std::vector<LineReader> read;
    std::size_t pair_count = 0, telling_pair_count = 0;
    for (const Line& line : lines) {
        read.emplace_back(words_, line.confidence < line_confidence_min ? std::vector<Token>{} : tokens_of(line.text));
        read.back().read();
        for (const auto& pair : read.back().pairs) {
            ++pair_count;
            if (!pair.single) ++telling_pair_count;
        }
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (const SizeWord* country = country_of_number(read, i)) {
            auto value = *read[i].whole_value_of(*country);
            if (country->known) add(value, i, country->plain ? of_a_plain_country : of_a_country, country->plain, false);
            continue;
        }
        join_leg_length(read, i);
        if (i > 0)
            if (const SizeWord* word = read[i - 1].only_announces())
                if (auto value = read[i].whole_value()) {
                    if (value->system == SizeSystem::number && word->system != SizeSystem::number) value->system = word->system;
                    add(*value, i, announced_above, false, false);
                    continue;
                }
        for (const auto& found : read[i].found) add(found.value, i, found.strength, found.needs_second_sign, found.bare);
        for (const auto& pair : read[i].pairs) {
            if (!pair.known) continue;
            if (!pair.plain)
                add(pair.value, i, of_a_country, false, false);
            else if (pair.single ? pair_count >= 3 || telling_pair_count >= 1 : pair_count >= 2)
                add(pair.value, i, of_a_plain_country, false, false);
            else if (!pair.single && pair.whole)
                add(pair.value, i, lone_letters, true, false);
        }
    }
    prove_children(readings);
    return readings;
}

}  // namespace vitrine::catalog
