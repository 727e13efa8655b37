#pragma once
// Inside this room only: how much effort finds how many of the nearest, measured on rows that were held out of the learning.

#include <stop_token>

#include "vector/clusters.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// The keys of the rows that are searched for, sorted.
std::vector<Key> held_out(const View&);

// The view's blocks are the model's clusters. Each held-out row is searched for among the others, once exactly and once in the clusters,
// which tells for every effort at once what it would have found. The same on every kernel.
Ladder calibrate(const View&, const Model&, std::span<const Key> held_out, const Kernels&, const std::stop_token&);

}  // namespace vitrine::vector
