#pragma once
// From the detector's probability map to boxes around lines of text: the post-processing of Differentiable
// Binarization (Liao et al., 2020), step by step as `rapidocr` does it, so that both find the same lines.

#include <array>
#include <span>
#include <vector>

namespace vitrine::vision {

struct Corner {
    float x = 0;
    float y = 0;
};

// Top left, top right, bottom right, bottom left, as the line lies in the picture.
using Quad = std::array<Corner, 4>;

// The longer of the two opposite sides: across, and down.
float width_of(const Quad&);
float height_of(const Quad&);

struct TextBox {
    Quad quad;        // in pixels of the picture asked for, whole numbers
    float score = 0;  // mean probability inside
};

// One probability a pixel, row by row.
struct TextMap {
    int width = 0;
    int height = 0;
    std::span<const float> values;
};

struct TextBoxOptions {
    float pixel_least = 0.3f;  // a pixel of text
    float score_least = 0.5f;  // a box of text
    float unclip = 1.6f;       // the map marks the core of a line; the box grows by area x this / perimeter
    std::size_t contours_max = 1000;
    float side_least = 3;  // pixels of the map
};

// Boxes in no particular order, scaled to a picture of `width` x `height`. A map whose size is not what it says, and
// values that are no numbers, give no boxes. Any thread.
std::vector<TextBox> text_boxes(const TextMap&, int width, int height, const TextBoxOptions& = {});

// Lines from top to bottom; those whose tops are within 10 pixels of the next go from left to right.
void sort_as_read(std::vector<TextBox>&);

}  // namespace vitrine::vision
