#pragma once
// Inside this room only: the nearest rows by looking at every row that the filter lets through.
//
// Each row is scored by its bytes, with a bound on how far its true score can be from that. The k best of what the scores
// are at least are a threshold; rows that may be above it are scored again by their full vectors, best first, until none
// that is left can enter. Few rows are read twice, and none that belongs is missed.

#include "vector/filter.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// The bound is the one that holds always (quantise.hpp), so the answer is the exact one. A narrower one, for errors without a
// direction, was tried and lost: docs/decisions/0010-vector-engine.md.
struct ScanTold {
    std::size_t matching = 0;  // rows that the filter let through
    std::size_t reranked = 0;  // rows whose full vectors were read
};

// The min(k, matching) nearest, in their order. `query` is padded and, for cosine, of length 1.
std::vector<Hit> scan(const View&, std::span<const float> query, std::size_t k, const Filter&, const Kernels&, ScanTold* = nullptr);

}  // namespace vitrine::vector
