#pragma once
// Objects of the COCO 80 with their boxes, by NanoDet at 416 x 416. It is not asked about clothes: it knows none, and sees
// beds and elephants in them.

#include <memory>

#include "vision/boxes.hpp"
#include "vision/runtime.hpp"
#include "vision/task.hpp"

namespace vitrine::vision {

inline constexpr double object_score_min = 0.4;

std::span<const std::string_view> coco_names();

// Warms the model. `version` names what decides besides the code: the model, and who says what is clothing.
// Errors: those of Model::warm.
Result<std::unique_ptr<Task>> make_objects(Model, std::string version);

// What one of the network's three grids proposes, in pixels of the square: `scores` [cells, 80], and `distances`
// [cells, 4 x 11] from each cell's centre to the left, top, right and bottom, as a distribution over 0 to 10 strides.
// Source: Generalized Focal Loss, arXiv 2006.04388.
void decode_grid(Floats scores, Floats distances, int stride, double score_min, std::vector<Candidate>& to);

}  // namespace vitrine::vision
