#include "vision/anchors.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine::vision {

std::vector<Point> anchor_centres(const AnchorGrid& grid) {
    std::vector<Point> centres;
    for (std::size_t layer = 0; layer < grid.strides.size();) {
        const int stride = grid.strides[layer];
        int count = 0;
        for (; layer < grid.strides.size() && grid.strides[layer] == stride; ++layer) count += grid.per_cell;
        const int cells = (grid.side + stride - 1) / stride;
        for (int y = 0; y < cells; ++y)
            for (int x = 0; x < cells; ++x)
                for (int anchor = 0; anchor < count; ++anchor) centres.push_back({(x + 0.5) / cells, (y + 0.5) / cells});
    }
    return centres;
}

std::vector<Detection> decode_anchors(Floats boxes, Floats scores, const AnchorGrid& grid, std::span<const Point> centres) {
    const auto width = boxes.values.size() / std::max<std::size_t>(1, centres.size());
    const double logit_min = std::log(grid.score_min / (1 - grid.score_min));
    std::vector<Detection> found;
    for (std::size_t anchor = 0; anchor < std::min(centres.size(), scores.values.size()); ++anchor) {
        const double logit = scores.values[anchor];
        if (logit < logit_min) continue;
        const auto raw = boxes.values.subspan(anchor * width, width);
        const double x = centres[anchor].x * grid.side, y = centres[anchor].y * grid.side;
        Detection detection;
        detection.box = {1 / (1 + std::exp(-logit)), 0, x + raw[0] - raw[2] / 2, y + raw[1] - raw[3] / 2, x + raw[0] + raw[2] / 2,
                         y + raw[1] + raw[3] / 2};
        for (std::size_t i = 4; i + 1 < raw.size(); i += 2) detection.points.push_back({x + raw[i], y + raw[i + 1]});
        found.push_back(std::move(detection));
    }
    return found;
}

}  // namespace vitrine::vision
