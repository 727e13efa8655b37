#pragma once
// MediaPipe's single-shot detectors (faces, poses): where their boxes are anchored, and what their outputs mean.

#include <span>
#include <vector>

#include "vision/boxes.hpp"
#include "vision/runtime.hpp"

namespace vitrine::vision {

// One layer after the other; layers of the same stride share their cells, each adding `per_cell` anchors to it.
struct AnchorGrid {
    int side = 0;              // of the square input
    std::vector<int> strides;  // of the layers
    int per_cell = 2;
    double score_min = 0.5;  // after the sigmoid
};

struct Point {
    double x = 0, y = 0;
};

// A box with its key points, in pixels of the square.
struct Detection {
    Candidate box;
    std::vector<Point> points;
};

// The centre of each anchor, 0..1, in the order of the network's outputs.
std::vector<Point> anchor_centres(const AnchorGrid&);

// `boxes` is [anchors, 4 + 2 x points]: centre, size and key points in pixels, relative to the anchor; `scores` is
// [anchors, 1] before the sigmoid.
std::vector<Detection> decode_anchors(Floats boxes, Floats scores, const AnchorGrid&, std::span<const Point> centres);

}  // namespace vitrine::vision
