#pragma once
// Writing pictures: pixels only, so nothing of the original's EXIF, GPS or profile can slip through.

#include <cstdint>
#include <vector>

#include "photo/picture.hpp"

namespace vitrine::photo {

// Errors: photo.encode.
Result<std::vector<std::uint8_t>> encode_jpeg(const Picture&, int quality);
Result<std::vector<std::uint8_t>> encode_webp(const Picture&, int quality);

}  // namespace vitrine::photo
