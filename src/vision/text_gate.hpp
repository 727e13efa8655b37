#pragma once
// Reading a line costs fifty times what looking at it does, so what cannot be read is left out first.

#include <array>
#include <string_view>
#include <vector>

#include "photo/picture.hpp"
#include "vision/text_boxes.hpp"

namespace vitrine::vision {

enum class Gate {
    read,
    small,    // too few pixels for letters
    faint,    // letters hardly differ from their ground
    blurred,  // no edge in it is sharp
    beyond,   // more lines than a photo may take; the smallest stay out
};
inline constexpr std::array gates{Gate::read, Gate::small, Gate::faint, Gate::blurred, Gate::beyond};
std::string_view name_of(Gate);

struct GateOptions {
    int height_least = 5;        // pixels, of the line as cut out
    double contrast_least = 10;  // of 255
    double edge_least = 0.05;    // the steepest step from a pixel to the next, as a share of the contrast
    std::size_t lines_max = 64;
};

// What a line that was cut out looks like, as far as the gate cares.
struct LineLook {
    int height = 0;
    double contrast = 0;  // between the dark and the light twentieth of its pixels
    double edge = 0;      // share of that contrast which its steepest steps have
};
LineLook look_at_line(const photo::Picture& line);

Gate judge(const LineLook&, const GateOptions& = {});

// Which of the boxes are beyond `lines_max`: the lowest ones, whatever their order. True: read it.
std::vector<bool> largest_lines(const std::vector<TextBox>&, std::size_t lines_max);

}  // namespace vitrine::vision
