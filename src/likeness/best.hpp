#pragma once
// Inside this room only: of many hits, the best of each subject.

#include <map>

#include "likeness/likeness.hpp"

namespace vitrine::likeness {

// In how many bits two perceptual hashes differ, where both are known.
std::optional<int> distance(const std::optional<std::uint64_t>&, const std::optional<std::uint64_t>&);

class Best {
public:
    explicit Best(const Thresholds& thresholds) : thresholds_(thresholds) {}

    void note(std::string_view subject, std::string_view photo, std::int64_t part, float score, std::optional<int> hash_distance);
    // The best `k`, best first; of equals the one whose subject's name comes first.
    std::vector<Match> take(std::size_t k) &&;

private:
    Thresholds thresholds_;
    std::map<std::string, Match, std::less<>> by_subject_;
};

}  // namespace vitrine::likeness
