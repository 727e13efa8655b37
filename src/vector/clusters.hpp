#pragma once
// Inside this room only: what a view with clusters knows of them: the model, and what was measured of how much effort finds what.

#include <algorithm>
#include <array>
#include <memory>

#include "vector/model.hpp"

namespace vitrine::vector {

// What a search does: in how many clusters it looks, and of how many rows it then looks at more than the code.
struct Effort {
    double clusters = 0;
    std::size_t reranked = 0;
};

// The efforts that are worth their time, measured on held-out rows: each finds more than the one before and costs more.
class Ladder {
public:
    static constexpr std::size_t k = 20;  // what recall is measured at

    struct Rung {
        Effort effort;
        double recall = 0;
    };
    // clusters_at_depth[i]: clusters that hold nearly all of the k * 2^i nearest, on average.
    static constexpr std::size_t depths = 5;
    Ladder(std::vector<Rung> rungs, const std::array<double, depths>& clusters_at_depth)
        : rungs_(std::move(rungs)), clusters_at_depth_(clusters_at_depth) {}

    const Rung& reaching(double recall) const {
        for (const Rung& rung : rungs_)
            if (rung.recall >= recall) return rung;
        return rungs_.back();
    }
    // 0 is the least, 1 the most.
    const Rung& at(double share) const {
        return rungs_[static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(rungs_.size() - 1) + 0.5)];
    }
    // How many times more clusters hold the nearest `depth` rows than the nearest k.
    double broader(double depth) const;

    std::span<const Rung> rungs() const { return rungs_; }

private:
    std::vector<Rung> rungs_;
    std::array<double, depths> clusters_at_depth_;
};

struct Clusters {
    std::shared_ptr<const Model> model;
    Ladder ladder;
};

}  // namespace vitrine::vector
