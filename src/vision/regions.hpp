#pragma once
// Which parts of a photo may be things by themselves, and what each looks like: a bag on a cluttered bed is found by a
// photo of the bag alone, whose whole looks like another picture.

#include <array>
#include <memory>

#include "vision/backbone.hpp"
#include "vision/task.hpp"

namespace vitrine::vision {

inline constexpr int regions_max = 2;             // each costs an inference
inline constexpr double region_share_min = 0.06;  // of the picture: less is a print or a shadow
inline constexpr double region_share_max = 0.72;  // more, and the whole picture says it already
inline constexpr double region_margin = 0.04;     // of the longer side, on every side

// In parts of the picture, 0..1: x, y, w, h. Largest first.
std::vector<std::array<double, 4>> regions_of(const photo::Picture&);

// The part of a picture, at least a pixel. `box` is in parts of the picture and may reach over its edge.
photo::Picture cut_out(const photo::Picture&, const std::array<double, 4>& box);

std::unique_ptr<Task> make_regions(std::shared_ptr<const Backbone>);

}  // namespace vitrine::vision
