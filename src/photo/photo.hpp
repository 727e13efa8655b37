#pragma once
// What a photo file is, found from its content: format, size, turn. Nothing is decoded here.

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/id.hpp"
#include "core/result.hpp"

namespace vitrine::photo {

using PhotoId = Id<struct PhotoTag>;

enum class Format { jpeg, png, webp, heic, avif };
BOOST_DESCRIBE_ENUM(Format, jpeg, png, webp, heic, avif)

// "image/jpeg": the Content-Type of an original.
std::string_view media_type(Format);

struct Limits {
    std::int64_t bytes_max = 40'000'000;
    std::int64_t pixels_max = 60'000'000;
    std::int64_t progressive_scans_max = 64;  // a JPEG with more scans is a decompression bomb
};

// Width and height are of the upright picture, after the turn.
struct Header {
    Format format = Format::jpeg;
    int width = 0;
    int height = 0;
    int turn = 1;  // EXIF orientation, 1 to 8, still to be applied; 1 for HEIC and AVIF, whose decoder turns them itself
};

using Sha256 = std::array<std::uint8_t, 32>;
Sha256 sha256(std::span<const std::uint8_t> bytes);
std::string hex(const Sha256&);
// 64 lower-case hexadecimal digits. Errors: photo.hash.
Result<Sha256> parse_sha256(std::string_view hex);

// Reads the header, and walks the file's blocks to their end so that a file cut off on its way is told now; no pixel
// is decoded. About 1 ms for 4 MB. Any thread.
// Errors: photo.empty, photo.too_large (bytes), photo.format (not one of ours, named when known: "a PDF"),
// photo.truncated, photo.damaged, photo.too_many_pixels, photo.progressive, photo.animated; all of Kind::invalid.
Result<Header> inspect(std::span<const std::uint8_t> file, const Limits& = {});

}  // namespace vitrine::photo
