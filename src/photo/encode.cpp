#include "photo/encode.hpp"

#include <vips/vips.h>

#include "core/log.hpp"
#include "photo/bytes.hpp"
#include "photo/library.hpp"

namespace vitrine::photo {
namespace {

// `save` writes the image into a buffer that libvips allocates.
template <class Save>
Result<std::vector<std::uint8_t>> encode(const Picture& picture, Save save) {
    use_library();
    void* buffer = nullptr;
    std::size_t size = 0;
    Image image(vips_image_new_from_memory(picture.rgb.data(), picture.rgb.size(), picture.width, picture.height, 3, VIPS_FORMAT_UCHAR));
    if (image) image->Type = VIPS_INTERPRETATION_sRGB;
    if (!image || save(image.get(), &buffer, &size) != 0) {
        log::error("photo.encode_failed", {{"said", library_error()}});
        return Error{Kind::internal, "photo.encode", "A smaller copy of the photo could not be written."};
    }
    std::unique_ptr<std::uint8_t, decltype([](std::uint8_t* block) { g_free(block); })> owner(static_cast<std::uint8_t*>(buffer));
    return std::vector<std::uint8_t>(owner.get(), owner.get() + size);
}

// libvips 8.14 adds an EXIF block of its own to every WebP, "strip" or not: the picture's chunk is put into a file that
// holds nothing else (RFC 9649, section 2.5).
Result<std::vector<std::uint8_t>> picture_alone(Bytes webp) {
    for (std::size_t at = 12; at < webp.size();) {
        auto length = number(webp, at + 4, 4, Order::little).value_or(webp.size());
        auto whole = 8 + length + (length & 1);
        if (whole > webp.size() - at) break;
        if (has(webp, at, "VP8 ") || has(webp, at, "VP8L")) {
            std::vector<std::uint8_t> file(webp.begin(), webp.begin() + 12);
            file.insert(file.end(), webp.begin() + static_cast<std::ptrdiff_t>(at), webp.begin() + static_cast<std::ptrdiff_t>(at + whole));
            for (std::size_t i = 0; i < 4; ++i) file[4 + i] = static_cast<std::uint8_t>((file.size() - 8) >> 8 * i);
            return file;
        }
        at += whole;
    }
    return Error{Kind::internal, "photo.encode", "A smaller copy of the photo could not be written."};
}

}  // namespace

Result<std::vector<std::uint8_t>> encode_jpeg(const Picture& picture, int quality) {
    return encode(picture, [&](VipsImage* image, void** buffer, std::size_t* size) {
        return vips_jpegsave_buffer(image, buffer, size, "Q", quality, "strip", TRUE, nullptr);
    });
}

Result<std::vector<std::uint8_t>> encode_webp(const Picture& picture, int quality) {
    auto file = TRY(encode(picture, [&](VipsImage* image, void** buffer, std::size_t* size) {
        return vips_webpsave_buffer(image, buffer, size, "Q", quality, "effort", 2, "strip", TRUE, nullptr);
    }));
    return picture_alone(file);
}

}  // namespace vitrine::photo
