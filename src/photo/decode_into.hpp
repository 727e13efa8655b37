#pragma once
// Inside this room only: decoding into memory that somebody else holds.

#include <functional>

#include "photo/picture.hpp"

namespace vitrine::photo {

// Told the largest picture's size once, before any of its pixels; returns where its height x width x 3 bytes go.
using TakeCanvas = std::function<std::uint8_t*(int width, int height)>;

// As decode(), which says what becomes of the photo. `largest` has its size, and no pixels: they are on the canvas. So are
// those of `working`, when `working_is_largest`.
struct OnCanvas {
    Decoded decoded;
    bool working_is_largest = false;
};
Result<OnCanvas> decode_into(std::span<const std::uint8_t> file, const Limits&, const TakeCanvas&);

}  // namespace vitrine::photo
