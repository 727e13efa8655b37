#include "catalog/phrases.hpp"

namespace vitrine::catalog {
namespace {

constexpr std::size_t start_size = 4;  // letters by which a run-together phrase is looked up
constexpr std::size_t run_together_min = 6;

bool is_filler(const Token& token) {
    return token.kind == TokenKind::symbol && (token.is("-") || token.is(".") || token.is(",") || token.is(":"));
}

// The same word, perhaps misread: short words letter by letter, longer ones as they look, long ones with a letter wrong.
bool reads_as(std::string_view read, std::string_view word) {
    if (read == word) return true;
    if (word.size() < 4) return false;
    std::string read_bones = skeleton(read), bones = skeleton(word);
    return read_bones == bones || (word.size() >= 7 && edit_distance(read_bones, bones, 1) <= 1);
}

}  // namespace

void Phrases::add(std::string_view spelling, std::size_t id) {
    Phrase phrase{.id = id};
    for (const Token& token : tokens_of(spelling)) {
        if (is_filler(token)) continue;
        phrase.words.push_back(token.text);
        phrase.joined += token.text;
    }
    if (phrase.words.empty()) return;
    by_first_.emplace(skeleton(phrase.words.front()), phrases_.size());
    if (phrase.words.size() > 1 && phrase.joined.size() >= run_together_min)
        by_start_.emplace(phrase.joined.substr(0, start_size), phrases_.size());
    phrases_.push_back(std::move(phrase));
}

std::optional<Phrases::Found> Phrases::at(std::span<const Token> tokens, std::size_t place) const {
    std::optional<Found> best;
    std::size_t best_size = 0;
    auto note = [&](const Phrase& phrase, std::size_t count) {
        if (phrase.joined.size() <= best_size) return;
        best_size = phrase.joined.size();
        best = Found{phrase.id, count};
    };
    const std::string& first = tokens[place].text;
    auto [begin, end] = by_first_.equal_range(skeleton(first));
    for (auto candidate = begin; candidate != end; ++candidate) {
        const Phrase& phrase = phrases_[candidate->second];
        if (!reads_as(first, phrase.words.front())) continue;
        std::size_t here = place + 1, matched = 1;
        while (matched < phrase.words.size()) {
            while (here < tokens.size() && is_filler(tokens[here])) ++here;
            if (here == tokens.size() || !reads_as(tokens[here].text, phrase.words[matched])) break;
            ++here, ++matched;
        }
        if (matched == phrase.words.size()) note(phrase, here - place);
    }
    if (first.size() >= run_together_min) {
        auto [from, to] = by_start_.equal_range(first.substr(0, start_size));
        for (auto candidate = from; candidate != to; ++candidate)
            if (first.starts_with(phrases_[candidate->second].joined)) note(phrases_[candidate->second], 1);
    }
    return best;
}

}  // namespace vitrine::catalog
