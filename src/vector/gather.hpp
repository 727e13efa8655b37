#pragma once
// Inside this room only: a view's rows, gathered into clusters.

#include <stop_token>

#include "vector/rows.hpp"

namespace vitrine::vector {

struct Gathered {
    Rows rows;
    std::shared_ptr<const Clusters> clusters;  // none: too few rows, they lie one after the other
};

// The slots of the rows are the view's. None when it was asked to stop.
std::optional<Gathered> gather(const View&, const Kernels&, const std::stop_token&);

}  // namespace vitrine::vector
