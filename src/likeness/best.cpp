#include "likeness/best.hpp"

#include <algorithm>
#include <bit>

namespace vitrine::likeness {
namespace {

constexpr int same_picture_bits = 6;  // photo::near_duplicate_bits

}  // namespace

std::optional<int> distance(const std::optional<std::uint64_t>& one, const std::optional<std::uint64_t>& other) {
    if (!one || !other) return std::nullopt;
    return std::popcount(*one ^ *other);
}

void Best::note(std::string_view subject, std::string_view photo, std::int64_t part, float score, std::optional<int> hash_distance) {
    auto found = by_subject_.find(subject);
    if (found == by_subject_.end())
        found = by_subject_.emplace(subject, Match{std::string(subject), std::string(photo), part, score}).first;
    auto& match = found->second;
    const bool better = score > match.score || match.photo.empty();
    if (better) match.photo = photo, match.part = part, match.score = score;
    match.same_picture = match.same_picture || (hash_distance && *hash_distance <= same_picture_bits);  // whichever photo it is
}

std::vector<Match> Best::take(std::size_t k) && {
    std::vector<Match> matches;
    for (auto& [subject, match] : by_subject_) {
        match.closeness = closeness_of(match.score, thresholds_);
        matches.push_back(std::move(match));
    }
    std::ranges::stable_sort(matches, [](const Match& a, const Match& b) { return a.score > b.score; });
    if (matches.size() > k) matches.resize(k);
    return matches;
}

}  // namespace vitrine::likeness
