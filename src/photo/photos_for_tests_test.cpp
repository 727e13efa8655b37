#include "photo/photos_for_tests.hpp"

#include <vips/vips.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>

#include "photo/library.hpp"

namespace vitrine::photo::testing {
namespace {

Image image_of(const Picture& picture) {
    use_library();
    Image image(
        vips_image_new_from_memory_copy(picture.rgb.data(), picture.rgb.size(), picture.width, picture.height, 3, VIPS_FORMAT_UCHAR));
    image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

Image changed(VipsImage* from, const std::function<int(VipsImage*, VipsImage**)>& change) {
    VipsImage* to = nullptr;
    if (change(from, &to) != 0) throw std::runtime_error(library_error());
    return Image(to);
}

File saved(const std::function<int(void**, std::size_t*)>& save) {
    void* buffer = nullptr;
    std::size_t size = 0;
    if (save(&buffer, &size) != 0) throw std::runtime_error(library_error());
    File file(static_cast<std::uint8_t*>(buffer), static_cast<std::uint8_t*>(buffer) + size);
    g_free(buffer);
    return file;
}

File saved_jpeg(VipsImage* image) {
    return saved(
        [&](void** buffer, std::size_t* size) { return vips_jpegsave_buffer(image, buffer, size, "Q", 92, "strip", FALSE, nullptr); });
}
File saved_png(VipsImage* image) {
    return saved([&](void** buffer, std::size_t* size) { return vips_pngsave_buffer(image, buffer, size, "strip", TRUE, nullptr); });
}

void add(File& to, std::uint64_t value, int bytes) {
    while (bytes-- > 0) to.push_back(static_cast<std::uint8_t>(value >> (8 * bytes)));
}
void add(File& to, std::string_view text) {
    to.insert(to.end(), text.begin(), text.end());
}

std::uint32_t crc32(const std::uint8_t* data, std::size_t size) {
    std::uint32_t crc = 0xffffffff;
    for (std::size_t i = 0; i < size; ++i) {
        crc ^= data[i];
        for (int k = 0; k < 8; ++k) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
    }
    return ~crc;
}

}  // namespace

Picture scene(int width, int height) {
    Picture picture = blank(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            std::uint8_t* pixel = picture.row(y) + 3 * x;
            bool corner = x < width / 4 && y < height / 4, left = x < width / 2;
            pixel[0] = corner ? 255 : left ? 200 : 30;
            pixel[1] = corner ? 255 : 30;
            pixel[2] = corner ? 255 : left ? 30 : 200;
        }
    return picture;
}

Picture blobs(unsigned seed, int width, int height) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> any(0, 1);
    struct Blob {
        double x, y, size, colour[3];
    };
    std::vector<Blob> all(12);
    for (Blob& blob : all)
        blob = {any(random), any(random), 0.05 + 0.2 * any(random), {any(random) - 0.5, any(random) - 0.5, any(random) - 0.5}};
    Picture picture = blank(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c) {
                double value = 0.5;
                for (const Blob& blob : all) {
                    double dx = (x + 0.5) / width - blob.x, dy = (y + 0.5) / height - blob.y;
                    value += blob.colour[c] * std::exp(-(dx * dx + dy * dy) / (blob.size * blob.size));
                }
                picture.row(y)[3 * x + c] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 1.0) * 255);
            }
    return picture;
}

File jpeg(const Picture& picture, int quality) {
    auto image = image_of(picture);
    return saved([&](void** buffer, std::size_t* size) {
        return vips_jpegsave_buffer(image.get(), buffer, size, "Q", quality, "strip", TRUE, nullptr);
    });
}

File progressive_jpeg(const Picture& picture) {
    auto image = image_of(picture);
    return saved([&](void** buffer, std::size_t* size) {
        return vips_jpegsave_buffer(image.get(), buffer, size, "interlace", TRUE, "strip", TRUE, nullptr);
    });
}

File cmyk_jpeg(const Picture& picture) {
    auto image = changed(image_of(picture).get(),
                         [](VipsImage* in, VipsImage** out) { return vips_colourspace(in, out, VIPS_INTERPRETATION_CMYK, nullptr); });
    return saved_jpeg(image.get());
}

File grey_jpeg(const Picture& picture) {
    auto image = changed(image_of(picture).get(),
                         [](VipsImage* in, VipsImage** out) { return vips_colourspace(in, out, VIPS_INTERPRETATION_B_W, nullptr); });
    return saved_jpeg(image.get());
}

File png(const Picture& picture) {
    return saved_png(image_of(picture).get());
}

File png_16_bit(const Picture& picture) {
    auto image = changed(image_of(picture).get(),
                         [](VipsImage* in, VipsImage** out) { return vips_colourspace(in, out, VIPS_INTERPRETATION_RGB16, nullptr); });
    return saved_png(image.get());
}

File png_with_alpha(const Picture& picture, std::uint8_t alpha) {
    auto image =
        changed(image_of(picture).get(), [&](VipsImage* in, VipsImage** out) { return vips_bandjoin_const1(in, out, alpha, nullptr); });
    return saved_png(image.get());
}

File webp(const Picture& picture) {
    auto image = image_of(picture);
    return saved(
        [&](void** buffer, std::size_t* size) { return vips_webpsave_buffer(image.get(), buffer, size, "Q", 95, "strip", TRUE, nullptr); });
}

File animated_webp(const Picture& first, const Picture& second) {
    auto one = image_of(first), two = image_of(second);
    auto both =
        changed(one.get(), [&](VipsImage* in, VipsImage** out) { return vips_join(in, two.get(), out, VIPS_DIRECTION_VERTICAL, nullptr); });
    vips_image_set_int(both.get(), VIPS_META_PAGE_HEIGHT, first.height);
    return saved([&](void** buffer, std::size_t* size) { return vips_webpsave_buffer(both.get(), buffer, size, nullptr); });
}

File heic(const Picture& picture) {
    auto image = image_of(picture);
    return saved([&](void** buffer, std::size_t* size) {
        return vips_heifsave_buffer(image.get(), buffer, size, "Q", 90, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_HEVC, nullptr);
    });
}

File avif(const Picture& picture) {
    auto image = image_of(picture);
    return saved([&](void** buffer, std::size_t* size) {
        return vips_heifsave_buffer(image.get(), buffer, size, "Q", 90, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, nullptr);
    });
}

// One transparent pixel.
File gif() {
    using namespace std::string_view_literals;
    File file;
    add(file, "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\1D\0;"sv);
    return file;
}

File with_profile(const Picture& picture, const std::string& name) {
    auto image = image_of(picture);
    VipsBlob* profile = nullptr;
    if (vips_profile_load(name.c_str(), &profile, nullptr) != 0) throw std::runtime_error(library_error());
    std::size_t size = 0;
    const void* data = vips_blob_get(profile, &size);
    vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, data, size);
    vips_area_unref(VIPS_AREA(profile));
    return saved_jpeg(image.get());
}

// Big-endian TIFF: orientation and Make in the first directory, and a GPS directory.
File exif(int turn) {
    File tiff;
    add(tiff, "MM");
    add(tiff, 42, 2);
    add(tiff, 8, 4);
    add(tiff, 3, 2);
    const std::uint64_t after = 8 + 2 + 3 * 12 + 4;
    add(tiff, 0x010f, 2), add(tiff, 2, 2), add(tiff, secret.size(), 4), add(tiff, after, 4);
    add(tiff, 0x0112, 2), add(tiff, 3, 2), add(tiff, 1, 4), add(tiff, static_cast<std::uint64_t>(turn), 2), add(tiff, 0, 2);
    add(tiff, 0x8825, 2), add(tiff, 4, 2), add(tiff, 1, 4), add(tiff, after + secret.size(), 4);
    add(tiff, 0, 4);
    add(tiff, secret);
    add(tiff, 1, 2);
    add(tiff, 1, 2), add(tiff, 2, 2), add(tiff, 2, 4), add(tiff, "N"), add(tiff, 0, 3);
    add(tiff, 0, 4);
    return tiff;
}

File jpeg_with(const File& jpeg, const File& exif) {
    using namespace std::string_view_literals;
    File file(jpeg.begin(), jpeg.begin() + 2);
    add(file, 0xffe1, 2);
    add(file, exif.size() + 8, 2);
    add(file, "Exif\0\0"sv);
    file.insert(file.end(), exif.begin(), exif.end());
    file.insert(file.end(), jpeg.begin() + 2, jpeg.end());
    return file;
}

File png_with(const File& png, std::string_view chunk, const File& data) {
    constexpr std::ptrdiff_t after_header = 8 + 25;
    File file(png.begin(), png.begin() + after_header);
    add(file, data.size(), 4);
    File body;
    add(body, chunk);
    body.insert(body.end(), data.begin(), data.end());
    file.insert(file.end(), body.begin(), body.end());
    add(file, crc32(body.data(), body.size()), 4);
    file.insert(file.end(), png.begin() + after_header, png.end());
    return file;
}

File webp_with_turn(const Picture& picture, int turn) {
    auto image = image_of(picture);
    vips_image_set_int(image.get(), VIPS_META_ORIENTATION, turn);
    return saved([&](void** buffer, std::size_t* size) { return vips_webpsave_buffer(image.get(), buffer, size, "Q", 95, nullptr); });
}

// Written from the table of the EXIF standard, pixel by pixel, so that it shares nothing with turn.cpp.
Picture stored_for(const Picture& upright, int turn) {
    Picture stored = turn >= 5 ? blank(upright.height, upright.width) : blank(upright.width, upright.height);
    const int w = upright.width, h = upright.height;
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            int column = 0, row = 0;
            switch (turn) {
                case 1:
                    column = x, row = y;
                    break;  // row 0 top, column 0 left
                case 2:
                    column = w - 1 - x, row = y;
                    break;  // top, right
                case 3:
                    column = w - 1 - x, row = h - 1 - y;
                    break;  // bottom, right
                case 4:
                    column = x, row = h - 1 - y;
                    break;  // bottom, left
                case 5:
                    column = y, row = x;
                    break;  // left, top
                case 6:
                    column = y, row = w - 1 - x;
                    break;  // right, top
                case 7:
                    column = h - 1 - y, row = w - 1 - x;
                    break;  // right, bottom
                case 8:
                    column = h - 1 - y, row = x;
                    break;  // left, bottom
            }
            std::copy_n(upright.row(y) + 3 * x, 3, stored.row(row) + 3 * column);
        }
    return stored;
}

double difference(const Picture& one, const Picture& other) {
    if (one.width != other.width || one.height != other.height) return 255;
    double sum = 0;
    for (std::size_t i = 0; i < one.rgb.size(); ++i) sum += std::abs(one.rgb[i] - other.rgb[i]);
    return sum / static_cast<double>(one.rgb.size());
}

File read(const std::string& name) {
    std::ifstream file(std::string(VITRINE_TESTDATA "/") + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool contains(const File& file, std::string_view word) {
    return std::search(file.begin(), file.end(), word.begin(), word.end()) != file.end();
}

}  // namespace vitrine::photo::testing
