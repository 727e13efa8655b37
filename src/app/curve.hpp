#pragma once
// Which speed at which recall: what a way of finding can do, of all its settings.

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace vitrine::app {

// The settings worth having: none of the others is both quicker and finds as much.
class Curve {
public:
    struct Point {
        double recall = 0;
        double per_second = 0;
    };

    explicit Curve(std::vector<Point> all) {
        std::ranges::sort(
            all, [](const Point& a, const Point& b) { return std::pair(a.recall, a.per_second) > std::pair(b.recall, b.per_second); });
        for (const auto& point : all)
            if (points_.empty() || point.per_second > points_.back().per_second) points_.push_back(point);
        std::ranges::reverse(points_);
    }

    // By recall, growing; speed falls.
    const std::vector<Point>& points() const { return points_; }

    // Between two points by the logarithm of the speed; what finds more than is asked for even at its quickest is as quick as
    // that. Nothing when no setting finds so much.
    std::optional<double> per_second_at(double recall) const {
        auto above = std::ranges::find_if(points_, [&](const Point& point) { return point.recall >= recall; });
        if (above == points_.end()) return std::nullopt;
        if (above == points_.begin()) return above->per_second;
        auto below = std::prev(above);
        auto share = (recall - below->recall) / (above->recall - below->recall);
        return std::exp((1 - share) * std::log(below->per_second) + share * std::log(above->per_second));
    }

private:
    std::vector<Point> points_;
};

}  // namespace vitrine::app
