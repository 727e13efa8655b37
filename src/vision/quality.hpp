#pragma once
// The task `quality`: whether the picture itself is fit to sell with, whatever it shows.

#include <memory>

#include "photo/picture.hpp"
#include "vision/findings.hpp"
#include "vision/task.hpp"

namespace vitrine::vision {

std::unique_ptr<Task> make_quality();

// `picture` is upright sRGB of any size. Any thread.
Quality quality_of(const photo::Picture& picture);

}  // namespace vitrine::vision
