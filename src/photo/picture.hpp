#pragma once
// Decoded pixels: upright, 8-bit sRGB, interleaved.

#include <cstdint>
#include <span>
#include <vector>

#include "photo/photo.hpp"

namespace vitrine::photo {

struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;  // height rows of width x 3 bytes

    const std::uint8_t* row(int y) const { return rgb.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3; }
};

// One decode, two sizes. Boxes of findings are in pixels of the upright original: multiply by header.width / width.
struct Decoded {
    Header header;
    Picture largest;  // what the decoder gave: full size, or JPEG shrink-on-load that keeps the longer side >= 2 x working
    Picture working;  // longer side at most 1280 (never enlarged); the same pixels as largest when that is small enough
    std::uint64_t perceptual_hash = 0;  // 64-bit DCT hash; near duplicates differ in at most 6 bits or so
};

inline constexpr int working_side = 1280;

// CMYK, 16-bit, grey and alpha (over white) all become 8-bit sRGB. Errors: those of inspect, photo.damaged.
// A 12 MP JPEG takes about 0.1 s on one thread. Any thread.
Result<Decoded> decode(std::span<const std::uint8_t> file, const Limits& = {});

}  // namespace vitrine::photo
