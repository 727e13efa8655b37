#include "vector/scan.hpp"

#include <algorithm>

#include "vector/matching.hpp"
#include "vector/rerank.hpp"
#include "vector/threshold.hpp"

namespace vitrine::vector {
namespace {

// The first run of rows that pass, from `from` on: [first, second), empty at the end.
std::pair<std::size_t, std::size_t> next_run(std::span<const std::uint8_t> passes, std::size_t from) {
    while (from < passes.size() && !passes[from]) ++from;
    std::size_t end = from;
    while (end < passes.size() && passes[end]) ++end;
    return {from, end};
}

// What the bytes leave over: every row whose score may be among the k best.
std::vector<Candidate> candidates(const View& view, const QuantisedQuery& query, std::size_t k, const Filter& filter, const Slack& slack,
                                  const Kernels& kernels, ScanTold& told) {
    std::vector<Candidate> found;
    Threshold threshold(k);
    Matching matching(filter);
    std::vector<std::int32_t> sums;
    const std::size_t width = padded(view.shape.width);
    const auto weed = [&] { std::erase_if(found, [&](const Candidate& one) { return one.at_most < threshold.value(); }); };
    std::size_t weeded_at = 1024 + 4 * std::min(k, view.count);
    for (const BlockInView& part : *view.blocks) {
        const Block& block = *part.block;
        const auto passes = matching.of(part);
        sums.resize(part.rows);
        for (auto [first, end] = next_run(passes, 0); first < end; std::tie(first, end) = next_run(passes, end)) {
            told.matching += end - first;
            kernels.score_rows(block.levels(first), end - first, width, query.levels.data(), sums.data());
            for (std::size_t row = first; row < end; ++row) {
                const QuantisedRow& quantised = block.quantised(row);
                const float score = static_cast<float>(sums[row - first]) * (quantised.scale * query.scale);
                const float off = slack.of(quantised);
                if (score + off < threshold.value()) continue;
                threshold.add(score - off);
                found.push_back({score + off, block.key(row), block.slot(row)});
            }
        }
        if (found.size() > weeded_at) {
            weed();
            weeded_at = std::max(weeded_at, 2 * found.size());
        }
    }
    weed();
    return found;
}

}  // namespace

std::vector<Hit> scan(const View& view, std::span<const float> query, std::size_t k, const Filter& filter, const Kernels& kernels,
                      ScanTold* told) {
    ScanTold unasked;
    ScanTold& seen = told ? *told : unasked;
    seen = {};
    k = std::min(k, view.count);
    if (k == 0) return {};
    const QuantisedQuery quantised = quantise_query(query.first(view.shape.width));
    auto left = candidates(view, quantised, k, filter, Slack(quantised), kernels, seen);
    return rerank(*view.slots, std::move(left), query, k, kernels, seen.reranked);
}

}  // namespace vitrine::vector
