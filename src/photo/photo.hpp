#pragma once
// What a photo file is, found from its content: format, size, turn. Nothing is decoded here.

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include <boost/describe.hpp>

#include "core/id.hpp"
#include "core/result.hpp"

namespace vitrine::photo {

using PhotoId = Id<struct PhotoTag>;

enum class Format { jpeg, png, webp, heic, avif };
BOOST_DESCRIBE_ENUM(Format, jpeg, png, webp, heic, avif)

struct Limits {
    std::int64_t bytes_max = 40'000'000;
    std::int64_t pixels_max = 60'000'000;
    std::int64_t progressive_scans_max = 64;  // a JPEG with more scans is a decompression bomb
};

// Width and height are of the upright picture, after the EXIF turn.
struct Header {
    Format format = Format::jpeg;
    int width = 0;
    int height = 0;
    int turn = 1;  // EXIF orientation, 1 to 8
};

using Sha256 = std::array<std::uint8_t, 32>;
std::string hex(const Sha256&);
// Errors: photo.hash.
Result<Sha256> parse_sha256(std::string_view hex);

// Reads the header only. Any thread.
// Errors: photo.empty, photo.too_large (bytes), photo.format (not one of ours, named when known: "a PDF"),
// photo.truncated, photo.too_many_pixels, photo.progressive, photo.animated.
Result<Header> inspect(std::span<const std::uint8_t> file, const Limits& = {});

}  // namespace vitrine::photo
