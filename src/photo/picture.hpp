#pragma once
// Decoded pixels: upright, 8-bit, interleaved RGB.

#include <cstdint>
#include <functional>
#include <span>

#include "photo/photo.hpp"
#include "photo/pixels.hpp"

namespace vitrine::photo {

struct Picture {
    int width = 0;
    int height = 0;
    Pixels rgb;  // height rows of width x 3 bytes

    const std::uint8_t* row(int y) const { return rgb.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3; }
    std::uint8_t* row(int y) { return rgb.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3; }
};

// A picture of this size whose pixels are not set yet.
Picture blank(int width, int height);

// One decode, two sizes. Boxes of findings are in pixels of the upright original: multiply by header.width / width.
struct Decoded {
    Header header;
    // Full size, or the file's size divided by a whole number that leaves the longer side >= 2 x working_side: for
    // cutting out small text. In the file's own RGB: only `working` is brought to sRGB from another profile.
    Picture largest;
    Picture working;                    // sRGB; longer side at most working_side, never enlarged
    std::uint64_t perceptual_hash = 0;  // 64-bit DCT hash of `working`
};

inline constexpr int working_side = 1280;

// CMYK, 16-bit, grey and alpha (over white) all become 8-bit RGB. A 12 MP JPEG takes about 0.1 s on one thread.
// Errors: those of inspect (photo.damaged also for pixels that cannot be decoded), photo.no_memory (unavailable). Any thread.
Result<Decoded> decode(std::span<const std::uint8_t> file, const Limits& = {});

// How others decode: like decode(), here or in another process (decoding_jail.hpp). Any thread.
using Decode = std::function<Result<Decoded>(std::span<const std::uint8_t> file)>;

// How many bits two perceptual hashes differ in. The same picture saved again, smaller or a little brighter, differs in
// at most near_duplicate_bits.
int hash_distance(std::uint64_t one, std::uint64_t other);
inline constexpr int near_duplicate_bits = 6;

}  // namespace vitrine::photo
