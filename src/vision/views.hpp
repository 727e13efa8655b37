#pragma once
// From a picture to what a network sees. The views and their resizing are the contract of models/heads/README.md: the
// heads were trained on exactly this, so a change here means training them again.

#include <array>
#include <span>

#include "photo/picture.hpp"

namespace vitrine::vision {

enum class View {
    whole,   // resized, the aspect ignored
    padded,  // centred on a grey square of the longer side, then resized
    centre,  // the largest centred square, then resized
};
inline constexpr std::array views{View::whole, View::padded, View::centre};
inline constexpr std::array view_names{"whole", "padded", "centre"};

// A square RGB picture of `side` pixels.
photo::Picture view(const photo::Picture&, View, int side);

// Averages where neither side grows, interpolates cubically where one does.
photo::Picture resized(const photo::Picture&, int width, int height);

// Writes (x - mean) * scale as three planes one after the other, in the picture's order of channels or, for a network
// that wants BGR, the other way round. Mean and scale are in the order of the planes written.
enum class Channels { rgb, bgr };
void write_planes(const photo::Picture&, Channels, std::array<float, 3> mean, std::array<float, 3> scale, std::span<float> to);
// The same with the channels of a pixel side by side.
void write_pixels(const photo::Picture&, Channels, std::array<float, 3> mean, std::array<float, 3> scale, std::span<float> to);

}  // namespace vitrine::vision
