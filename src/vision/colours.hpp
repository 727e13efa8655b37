#pragma once
// The task `colours`: the main colours of the thing in the photo, the background left out.

#include <memory>

#include "photo/picture.hpp"
#include "vision/findings.hpp"
#include "vision/task.hpp"

namespace vitrine::vision {

std::unique_ptr<Task> make_colours();

// `picture` is upright sRGB of any size. The same pixels always give the same answer. Any thread.
Colours main_colours(const photo::Picture& picture);

}  // namespace vitrine::vision
