#pragma once
// Inside this room only: nearly all of the nearest rows, by looking in the clusters a query comes to.
//
// Clusters are taken in the order of how near their centres are (for inner products: of their scores), their rows scored by codes
// (model.hpp); the best of those are scored by their bytes, and those that may be among the k best of them by their full vectors.
//
// With a filter the codes of rows that do not pass are passed over, and as many more clusters are looked in as the rows that pass lie
// further away: the k nearest of a share s are among the k / s nearest of all, and how many clusters those lie in was measured
// when the clusters were made. s is what was seen in the clusters so far, so a filter that goes with the query, or
// against it, is taken as it is near the query. It ends early only with k rows found, so an answer is never short; when it would be
// dearer than to look at every row that passes, that is left to the scan.

#include <optional>

#include "vector/filter.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

struct Approximation {
    std::vector<Hit> hits;
    std::size_t matching = 0;  // rows that passed the filter, of those looked at
    std::size_t reranked = 0;  // rows whose full vectors were read
};

// Of a view with clusters; `k` is less than it has rows, `query` is padded. `effort` is for Ladder::k rows and no filter. None when
// looking at every row is cheaper.
std::optional<Approximation> approximate(const View&, std::span<const float> query, std::size_t k, const Filter&, const Effort& effort,
                                         const Kernels&);

// A query as a model sees it; what the calibration shares with the search.
class CodedQuery {
public:
    CodedQuery(const Model&, const QuantisedQuery&, const Kernels&);

    // The `count` best clusters, or more, from now on in their order.
    void order(std::size_t count);
    std::size_t cluster(std::size_t place) const { return order_[place]; }

    // What the codes say of each of the cluster's rows; good until the next call.
    std::span<const float> scores(std::size_t cluster, const BlockInView&);

private:
    const Model& model_;
    const Kernels& kernels_;
    QuantisedQuery projected_;
    std::vector<float> centres_;   // the query's product with each
    std::vector<float> nearness_;  // what the clusters are ordered by
    std::vector<std::uint32_t> order_;
    std::size_t ordered_ = 0;
    std::vector<std::int32_t> sums_;
    std::vector<float> scores_;
};

}  // namespace vitrine::vector
