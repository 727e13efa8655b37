#pragma once
// Putting a picture upright: the eight turns of EXIF's orientation tag.

#include "photo/picture.hpp"

namespace vitrine::photo {

// Copies rows that start at row `top` of a source `source_width` x `source_height` to where they belong in `upright`,
// the pixels of a picture as large as the turned source. Rows lie one after another in `rows`, `stride` bytes apart.
void place_rows(const std::uint8_t* rows, std::size_t stride, int top, int count, int source_width, int source_height, int turn,
                std::uint8_t* upright);

// The picture as it is seen after the turn.
Picture turned(Picture, int turn);

}  // namespace vitrine::photo
