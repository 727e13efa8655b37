// Fibres::read: shares and fibre names, however the label and its reader arrange them.

#include <algorithm>

#include "catalog/fibres.hpp"

namespace vitrine::catalog {
namespace {

constexpr std::size_t reach = 3;  // tokens between a share and its fibre: "60 % di COTONE"

// The number of a share as readers leave it: "60", "6O", "lOO"; 0 for anything else.
int share_of(std::string_view text) {
    int share = 0;
    bool digit = false;
    if (text.empty() || text.size() > 3) return 0;
    for (char c : text) {
        switch (c) {
            case 'o':
            case 'd':
            case 'q':
                c = '0';
                break;
            case 'l':
            case 'i':
                c = '1';
                break;
            case 'z':
                c = '2';
                break;
            case 's':
                c = '5';
                break;
            case 'b':
                c = '8';
                break;
            default:
                digit = digit || (c >= '0' && c <= '9');
                break;
        }
        if (c < '0' || c > '9') return 0;
        share = share * 10 + (c - '0');
    }
    bool hundred = share == 100;  // "lOO" has no digit left and is still clear
    return (digit || hundred) && share >= 1 && share <= 100 ? share : 0;
}

bool is_small_word(const Token& token) {
    static constexpr std::string_view words[] = {"di",  "de",  "da", "of", "in",  "aus", "d", "en",
                                                 "the", "con", "et", "e",  "und", "and", "y"};
    return std::find(std::begin(words), std::end(words), token.text) != std::end(words);
}

}  // namespace

// Walks the tokens of all lines as one text and puts shares and fibres together.
class CompositionReader {
public:
    CompositionReader(const Fibres& fibres, std::span<const Line> lines) : fibres_(fibres) {
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (lines[i].confidence < line_confidence_min) continue;
            for (Token& token : word_tokens_of(lines[i].text)) {
                tokens_.push_back(std::move(token));
                line_of_.push_back(i);
            }
        }
    }

    std::vector<MaterialReading> read() {
        for (std::size_t place = 0; place < tokens_.size();) {
            if (begins_line(place)) begin_line(place);
            if (auto share = share_at(place)) {
                take_share(share->first, place);
                place = share->second;
            } else if (auto part = share_ ? std::nullopt : fibres_.parts_.at(tokens_, place)) {
                part_ = fibres_.part_names_[part->id];
                close_group();
                place += part->tokens;
            } else if (auto fibre = fibre_at(place, share_.has_value())) {
                take_fibre(fibre->first, place);
                place = fibre->second;
            } else {
                ++place;
            }
        }
        close_group();
        return without_repeats();
    }

private:
    bool begins_line(std::size_t place) const { return place == 0 || line_of_[place] != line_of_[place - 1]; }

    // A share at the end of one line waits for the fibre at the beginning of the next ("60%" over "COTTON"), no longer.
    void begin_line(std::size_t place) {
        fibre_first_ = fibre_before_share(place);
        pending_.reset();
        if (share_ && place > share_place_ + reach) share_.reset();
    }

    // "60%", "6O %", "%60"; with the place behind it. A share may end one line and its fibre begin the next.
    std::optional<std::pair<int, std::size_t>> share_at(std::size_t place) const {
        if (tokens_[place].is("%")) {  // Turkish: %60 PAMUK
            if (place + 1 < tokens_.size() && tokens_[place + 1].glued && tokens_[place + 1].is_number() &&
                (place == 0 || !share_of(tokens_[place - 1].text)))
                if (int share = share_of(tokens_[place + 1].text)) return std::pair{share, place + 2};
            return std::nullopt;
        }
        std::string text;
        for (std::size_t here = place; here < tokens_.size() && here < place + 4; ++here) {
            if (here > place && tokens_[here].is("%")) {
                int share = share_of(text);
                return share ? std::optional(std::pair{share, here + 1}) : std::nullopt;
            }
            if (here > place && !tokens_[here].glued) return std::nullopt;
            text += tokens_[here].text;
        }
        return std::nullopt;
    }

    // The fibre named here: any spelling; after a share also a short code, or a long name with a letter wrong.
    std::optional<std::pair<std::size_t, std::size_t>> fibre_at(std::size_t place, bool after_share) const {
        if (auto found = fibres_.names_.at(tokens_, place)) return std::pair{found->id, place + found->tokens};
        if (!after_share || !tokens_[place].is_word()) return std::nullopt;
        if (auto found = fibres_.codes_.at(tokens_, place)) return std::pair{found->id, place + found->tokens};
        std::string bones = skeleton(tokens_[place].text);
        if (bones.size() < 5) return std::nullopt;
        std::optional<std::size_t> nearest;
        for (const auto& [name, id] : fibres_.long_names_) {
            int limit = name.size() < 9 ? 1 : 2;
            if (edit_distance(bones, skeleton(name), limit) > limit) continue;
            if (nearest && *nearest != id) return std::nullopt;
            nearest = id;
        }
        return nearest ? std::optional(std::pair{*nearest, place + 1}) : std::nullopt;
    }

    // "COTTON 60% POLYESTER 40%": on this line fibres stand before their shares.
    bool fibre_before_share(std::size_t place) const {
        bool fibre = false;
        for (std::size_t here = place; here < tokens_.size() && line_of_[here] == line_of_[place]; ++here) {
            if (share_at(here)) return fibre;
            fibre = fibre || fibre_at(here, false).has_value();
        }
        return false;
    }

    void take_share(int share, std::size_t place) {
        if (fibre_first_ && pending_) {
            add(*pending_, share, pending_place_);
            pending_.reset();
            return;
        }
        share_ = share;
        share_place_ = place;
        last_.reset();
    }

    void take_fibre(std::size_t fibre, std::size_t place) {
        if (fibre_first_) {
            pending_ = fibre;
            pending_place_ = place;
            return;
        }
        bool near = share_ && small_words_between(share_place_, place);
        if (near) {
            add(fibre, *share_, place);
            share_.reset();
            last_ = fibre;
        } else if (!last_ || *last_ != fibre) {  // else: its name in the next language, "COTTON / COTONE"
            add(fibre, std::nullopt, place);
        }
    }

    bool small_words_between(std::size_t share, std::size_t fibre) const {
        std::size_t others = 0;
        for (std::size_t here = share; here < fibre; ++here)
            if (tokens_[here].is_word() && !is_small_word(tokens_[here]) && !share_of(tokens_[here].text)) ++others;
        return others == 0 || (others <= reach && line_of_[share] == line_of_[fibre] && others < 2);
    }

    void add(std::size_t fibre, std::optional<int> share, std::size_t place) {
        std::string_view key = fibres_.fibres_[fibre].key;
        readings_.push_back({key, share, line_of_[place], part_, group_, !share});
        if (share) sum_ += *share;
        if (sum_ >= 100) close_group();
    }

    void close_group() {
        if (sum_ > 0) ++group_;
        sum_ = 0;
    }

    // A label says the same composition in every language: a group that equals an earlier one is dropped, and so is a
    // fibre without a share that has one elsewhere.
    std::vector<MaterialReading> without_repeats() const {
        auto shares = [&](int group) {
            std::vector<std::pair<std::string_view, int>> list;
            for (const MaterialReading& reading : readings_)
                if (reading.group == group && reading.percent) list.emplace_back(reading.fibre, *reading.percent);
            std::sort(list.begin(), list.end());
            return list;
        };
        auto part_of = [&](int group) {
            for (const MaterialReading& reading : readings_)
                if (reading.group == group && reading.percent) return reading.part;
            return std::string_view{};
        };
        std::vector<MaterialReading> kept;
        for (const MaterialReading& reading : readings_) {
            if (reading.percent) {
                bool repeated = false;
                for (int earlier = 0; earlier < reading.group && !repeated; ++earlier)
                    repeated = shares(earlier) == shares(reading.group) &&
                               (part_of(earlier) == part_of(reading.group) || part_of(reading.group).empty());
                if (!repeated) kept.push_back(reading);
            } else if (std::none_of(readings_.begin(), readings_.end(), [&](const MaterialReading& other) {
                           return other.fibre == reading.fibre && (other.percent || &other < &reading);
                       })) {
                kept.push_back(reading);
            }
        }
        return kept;
    }

    const Fibres& fibres_;
    std::vector<Token> tokens_;
    std::vector<std::size_t> line_of_;
    std::vector<MaterialReading> readings_;
    std::optional<int> share_;  // read, its fibre still to come
    std::size_t share_place_ = 0;
    std::optional<std::size_t> pending_;  // fibre read, its share still to come
    std::size_t pending_place_ = 0;
    std::optional<std::size_t> last_;  // the fibre that just had a share
    bool fibre_first_ = false;
    std::string_view part_;
    int group_ = 0, sum_ = 0;
};

std::vector<MaterialReading> Fibres::read(std::span<const Line> lines) const {
    return CompositionReader(*this, lines).read();
}

}  // namespace vitrine::catalog
