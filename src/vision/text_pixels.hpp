#pragma once
// Pixels for the text networks: what they look at, in the layout they take.

#include <span>

#include "photo/picture.hpp"
#include "vision/text_boxes.hpp"

namespace vitrine::vision {

// Part of a picture, in its pixels.
struct Window {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

// Bilinear, also where it shrinks: what the reference does.
photo::Picture bilinear(const photo::Picture&, int width, int height);

// The line inside the quad, level, read from left to right; one that stands upright (1.5 x as high as wide) is laid
// down. The quad is in pixels of `working`; the pixels come from `largest` when the line is small, so that a label
// read from a phone's photo keeps its detail. Never empty.
photo::Picture cut_line(const photo::Decoded&, const Quad&);

void turn_around(photo::Picture&);  // by 180 degrees

// Three planes, blue, green, red, of `row` floats a line in -1..1; what lies right of the window is 0.
void fill_planes(const photo::Picture&, const Window&, int row, std::span<float> planes);

}  // namespace vitrine::vision
