#include "vector/scan.hpp"

#include <limits>
#include <queue>

namespace vitrine::vector {
namespace {

// The k largest of what came by; the least of them is what a newcomer must reach.
class Threshold {
public:
    explicit Threshold(std::size_t k) : k_(k) {}

    float value() const { return best_.size() < k_ ? -std::numeric_limits<float>::infinity() : best_.top(); }
    void add(float score) {
        if (best_.size() == k_) {
            if (score <= best_.top()) return;
            best_.pop();
        }
        best_.push(score);
    }

private:
    std::size_t k_;
    std::priority_queue<float, std::vector<float>, std::greater<>> best_;
};

struct Candidate {
    float at_most = 0;
    Key key = 0;
    std::uint32_t slot = 0;
};

// How far a row's score by bytes may be from that of its full vector.
class Slack {
public:
    explicit Slack(const QuantisedQuery& query) : norm_(query.norm), lost_(query.lost), rounding_(query.norm * float_error) {}

    float of(const QuantisedRow& row) const { return norm_ * row.lost + lost_ * row.kept + rounding_ * (row.kept + row.lost); }

private:
    // What the sum of 32-bit floats may itself be off by, for the widest row: 128 additions a lane, 5 folds, a product, and
    // the few roundings of these bounds.
    static constexpr float float_error = 140 * std::numeric_limits<float>::epsilon();
    float norm_;
    float lost_;
    float rounding_;
};

// The rows of a block that pass, as ones.
class Matching {
public:
    explicit Matching(const Filter& filter) : filter_(filter) {}

    std::span<const std::uint8_t> of(const Block& block, std::size_t rows) {
        passes_.assign(rows, 1);
        for (const Range& range : filter_.ranges) {
            const auto column = block.column(range.field);
            for (std::size_t row = 0; row < rows; ++row)
                passes_[row] = static_cast<std::uint8_t>(passes_[row] & (column[row] >= range.least) & (column[row] <= range.most));
        }
        if (filter_.among)
            for (std::size_t row = 0; row < rows; ++row)
                if (passes_[row]) passes_[row] = filter_.among->contains(block.key(row));
        return passes_;
    }

private:
    const Filter& filter_;
    std::vector<std::uint8_t> passes_;
};

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
    std::vector<std::int32_t> sums(Block::rows_of(view.shape));
    const std::size_t width = padded(view.shape.width);
    const auto weed = [&] { std::erase_if(found, [&](const Candidate& one) { return one.at_most < threshold.value(); }); };
    std::size_t weeded_at = 1024 + 4 * std::min(k, view.count);
    for (std::size_t b = 0; b < view.blocks->size(); ++b) {
        const Block& block = *(*view.blocks)[b];
        const auto passes = matching.of(block, view.rows_in(b));
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
    std::sort(left.begin(), left.end(), [](const Candidate& a, const Candidate& b) { return a.at_most > b.at_most; });

    std::priority_queue<Hit, std::vector<Hit>, decltype(&comes_before)> best(&comes_before);  // the worst of them on top
    for (const Candidate& candidate : left) {
        if (best.size() == k && candidate.at_most < best.top().score) break;
        ++seen.reranked;
        const Hit hit{candidate.key, kernels.dot(view.slots->row(candidate.slot), query.data(), padded(view.shape.width))};
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
