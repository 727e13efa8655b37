#pragma once
// Where to look closely for text, after a glance at the whole photo made small.

#include <vector>

#include "vision/text_boxes.hpp"
#include "vision/text_pixels.hpp"

namespace vitrine::vision {

// What a glance says about a photo.
struct Glance {
    std::vector<TextBox> likely;  // may be text, in pixels of the picture looked at
    bool covered = false;         // something large looked like one letter (a garment on the floor does) and may hide text
};

// Sorts what the glance's boxes are. One that is large and about as wide as high is no line of text. `side` is the
// shorter side of the picture the boxes are in.
Glance sort_glance(std::vector<TextBox> boxes, int side);

// Windows into a picture of `width` x `height`, each a multiple of 160 in size or as large as the picture, apart from one
// another, which hold every likely box with room around it for lines that the glance missed. One window over everything when the picture is
// covered or when the windows would take most of it; none when nothing is likely. The boxes are in pixels of that picture, whose sides are
// multiples of 32.
std::vector<Window> windows_for(const Glance&, int width, int height);

}  // namespace vitrine::vision
