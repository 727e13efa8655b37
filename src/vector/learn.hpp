#pragma once
// Inside this room only: a model made from the rows of a view.

#include <stop_token>

#include "vector/model.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// Below it there are no clusters: each would hold too few rows to learn from.
constexpr std::size_t rows_to_learn_from = 512;

// How many clusters that many rows get: so that a search looks about as long for its clusters as in them.
std::size_t clusters_for(std::size_t rows);

// Places of rows spread over the view, the same for the same view.
struct RowInView {
    const Block* block;
    std::size_t row;
};
std::vector<RowInView> sample(const View&, std::size_t count, std::uint32_t seed);

// None when there are too few rows, the vectors are narrower than `lanes`, or it was asked to stop. Rows among `held_out` are not
// learned from. The same for the same view on every kernel.
std::shared_ptr<const Model> learn(const View&, std::span<const Key> held_out, const Kernels&, const std::stop_token&);

}  // namespace vitrine::vector
