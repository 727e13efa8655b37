#pragma once
// One header reader a format. Each takes a file already sniffed, trusts nothing in it, and touches no pixel.

#include "photo/bytes.hpp"
#include "photo/photo.hpp"

namespace vitrine::photo {

Result<Header> read_jpeg_header(Bytes file, const Limits&);
Result<Header> read_png_header(Bytes file, const Limits&);
Result<Header> read_webp_header(Bytes file, const Limits&);
Result<Header> read_heif_header(Bytes file, const Limits&);  // HEIC and AVIF

// Width and height as stored, the turn still to come. Errors: photo.damaged, photo.too_many_pixels.
Result<void> check_size(std::int64_t width, std::int64_t height, const Limits&);
Header upright(Format, std::int64_t width, std::int64_t height, int turn);

Error too_large(std::int64_t bytes, std::int64_t bytes_max);
Error truncated();
Error damaged();
Error animated(std::string_view what);
Error wrong_format(std::string_view what);  // "a PDF"

}  // namespace vitrine::photo
