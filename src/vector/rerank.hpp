#pragma once
// Inside this room only: from what rows are at most, by their bytes, to what they are, by their full vectors.

#include <limits>
#include <vector>

#include "vector/quantise.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

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

// The min(k, candidates) best by their full vectors, in their order; `read` counts the vectors. `query` is padded.
std::vector<Hit> rerank(const Slots&, std::vector<Candidate>, std::span<const float> query, std::size_t k, const Kernels&,
                        std::size_t& read);

}  // namespace vitrine::vector
