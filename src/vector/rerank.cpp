#include "vector/rerank.hpp"

#include <algorithm>
#include <queue>

namespace vitrine::vector {

std::vector<Hit> rerank(const Slots& slots, std::vector<Candidate> left, std::span<const float> query, std::size_t k,
                        const Kernels& kernels, std::size_t& read) {
    std::sort(left.begin(), left.end(), [](const Candidate& a, const Candidate& b) { return a.at_most > b.at_most; });
    std::priority_queue<Hit, std::vector<Hit>, decltype(&comes_before)> best(&comes_before);  // the worst of them on top
    // The processor follows a row once it has begun, page by page; the next two are asked for by hand, up to where it keeps track.
    constexpr std::size_t ahead = 2;
    const std::size_t lines = std::min<std::size_t>(48, query.size() / 16);
    const auto ask_for = [&](std::size_t i) {
        if (i >= left.size()) return;
        const float* row = slots.row(left[i].slot);
        for (std::size_t line = 0; line < lines; ++line) __builtin_prefetch(row + line * 16);
    };
    for (std::size_t i = 0; i < ahead; ++i) ask_for(i);
    for (std::size_t i = 0; i < left.size(); ++i) {
        const Candidate& candidate = left[i];
        if (best.size() == k && candidate.at_most < best.top().score) break;
        ask_for(i + ahead);
        ++read;
        const Hit hit{candidate.key, kernels.dot(slots.row(candidate.slot), query.data(), query.size())};
        if (best.size() == k) {
            if (!comes_before(hit, best.top())) continue;
            best.pop();
        }
        best.push(hit);
    }
    std::vector<Hit> hits(best.size());
    for (std::size_t i = hits.size(); i > 0; --i, best.pop()) hits[i - 1] = best.top();
    return hits;
}

}  // namespace vitrine::vector
