#include <vips/vips.h>

#include <algorithm>
#include <optional>

#include "core/log.hpp"
#include "photo/decode_into.hpp"
#include "photo/headers.hpp"
#include "photo/library.hpp"
#include "photo/perceptual_hash.hpp"
#include "photo/picture.hpp"
#include "photo/profile.hpp"
#include "photo/reduce.hpp"
#include "photo/turn.hpp"

namespace vitrine::photo {
namespace {

Error undecodable() {
    auto said = library_error();
    log::debug("photo.undecodable", {{"said", said}});
    if (said.find("out of memory") != said.npos || said.find("nsufficient memory") != said.npos)  // of libvips, of libjpeg
        return {Kind::unavailable, "photo.no_memory", "There is not enough memory to read this photo now; try again later."};
    return damaged();
}

// The largest whole divisor that leaves the longer side at least twice the working side.
int divisor_of(const Header& header) {
    return std::max(1, std::max(header.width, header.height) / (2 * working_side));
}

// libjpeg divides by 2, 4 or 8 while it decodes, which saves most of the work.
int jpeg_divisor_of(const Header& header) {
    int divisor = 8;
    while (divisor > divisor_of(header)) divisor /= 2;
    return divisor;
}

// The image as a pipeline that decodes from the top as rows are asked for. `file` must outlive it.
Result<Image> open(std::span<const std::uint8_t> file, Header& header) {
    VipsImage* opened = nullptr;
    void* bytes = const_cast<std::uint8_t*>(file.data());  // not written to: libvips has no const here
    const auto load = [&](auto loader, auto... options) {
        return loader(bytes, file.size(), &opened, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, options..., nullptr);
    };
    int failed = 0;
    switch (header.format) {
        case Format::jpeg:
            failed = load(vips_jpegload_buffer, "shrink", jpeg_divisor_of(header));
            break;
        case Format::png:
            failed = load(vips_pngload_buffer);
            break;
        case Format::webp:
            failed = load(vips_webpload_buffer);
            break;
        case Format::heic:
        case Format::avif:
            failed = load(vips_heifload_buffer);
            break;
    }
    if (failed) return undecodable();
    Image image(opened);
    if (header.format == Format::jpeg) return image;

    if (header.format == Format::heic || header.format == Format::avif) {  // a crop may round differently there
        header.width = image->Xsize;
        header.height = image->Ysize;
    }
    if (int divisor = divisor_of(header); divisor > 1) {
        VipsImage* shrunk = nullptr;
        if (vips_shrink(image.get(), &shrunk, divisor, divisor, nullptr) != 0) return undecodable();
        return Image(shrunk);
    }
    return image;
}

// CMYK by its own profile, or by a common one when it brings none that works.
Result<Image> cmyk_to_rgb(Image image) {
    VipsImage* rgb = nullptr;
    if (vips_icc_transform(image.get(), &rgb, "srgb", "embedded", TRUE, "input_profile", "cmyk", nullptr) == 0) return Image(rgb);
    library_error();
    if (vips_colourspace(image.get(), &rgb, VIPS_INTERPRETATION_sRGB, nullptr) != 0) return undecodable();
    return Image(rgb);
}

// Whatever the file holds, as three 8-bit bands.
Result<Image> as_rgb(Image image) {
    VipsImage* next = nullptr;
    if (image->Type == VIPS_INTERPRETATION_CMYK) image = TRY(cmyk_to_rgb(std::move(image)));
    if (vips_image_hasalpha(image.get())) {
        double white = image->BandFmt == VIPS_FORMAT_USHORT ? 65535 : 255;
        using Colour = std::unique_ptr<VipsArrayDouble, decltype([](VipsArrayDouble* array) { vips_area_unref(VIPS_AREA(array)); })>;
        Colour background(vips_array_double_newv(1, white));
        if (vips_flatten(image.get(), &next, "background", background.get(), "max_alpha", white, nullptr) != 0) return undecodable();
        image.reset(next);
    }
    if (image->Type != VIPS_INTERPRETATION_sRGB || image->Bands != 3 || image->BandFmt != VIPS_FORMAT_UCHAR) {
        if (vips_colourspace(image.get(), &next, VIPS_INTERPRETATION_sRGB, nullptr) != 0) return undecodable();
        image.reset(next);
    }
    if (image->Bands != 3 || image->BandFmt != VIPS_FORMAT_UCHAR) return damaged();
    return image;
}

// Decodes once: each strip of rows goes onto the canvas of `largest`, upright, and into the average that becomes
// `working`, while it is still in the cache.
Result<void> pull(VipsImage* image, Decoded& decoded, const TakeCanvas& take_canvas) {
    const int width = image->Xsize, height = image->Ysize, turn = decoded.header.turn;
    const Extent small = fit(width, height, working_side);
    const bool reduces = small != Extent{width, height};
    decoded.largest.width = turn >= 5 ? height : width;
    decoded.largest.height = turn >= 5 ? width : height;
    std::uint8_t* canvas = take_canvas(decoded.largest.width, decoded.largest.height);
    std::optional<Reducer> reducer;
    if (reduces) reducer.emplace(width, height, small.width, small.height);

    Region region(vips_region_new(image));
    const int rows = std::clamp((1 << 20) / (3 * width) / 16 * 16, 16, 128);
    for (int top = 0; top < height; top += rows) {
        VipsRect strip{0, top, width, std::min(rows, height - top)};
        if (vips_region_prepare(region.get(), &strip) != 0) return undecodable();
        place_rows(VIPS_REGION_ADDR(region.get(), 0, top), VIPS_REGION_LSKIP(region.get()), top, strip.height, width, height, turn, canvas);
        for (int y = top; reduces && y < top + strip.height; ++y) reducer->add_row(VIPS_REGION_ADDR(region.get(), 0, y));
    }
    if (reduces) {
        decoded.working = turned(reducer->take(), turn);
        return {};
    }
    // The same pixels, which outlive this call and not the canvas.
    std::shared_ptr<std::uint8_t> same(std::shared_ptr<void>(), canvas);
    const auto bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
    decoded.working = {decoded.largest.width, decoded.largest.height, lent_pixels(std::move(same), bytes)};
    return {};
}

}  // namespace

Result<OnCanvas> decode_into(std::span<const std::uint8_t> file, const Limits& limits, const TakeCanvas& take_canvas) {
    Decoded decoded;
    decoded.header = TRY(inspect(file, limits));
    use_library();
    auto image = TRY(open(file, decoded.header));
    auto profile = foreign_profile(image.get());
    image = TRY(as_rgb(std::move(image)));
    std::uint8_t* canvas = nullptr;
    TRY(pull(image.get(), decoded, [&](int width, int height) { return canvas = take_canvas(width, height); }));
    apply_profile(decoded.working, profile);
    decoded.perceptual_hash = perceptual_hash(decoded.working);
    const bool same = decoded.working.rgb.data() == canvas;
    if (same) decoded.working.rgb = Pixels();  // "= {}" would keep the canvas as its memory
    return OnCanvas{std::move(decoded), same};
}

Result<Decoded> decode(std::span<const std::uint8_t> file, const Limits& limits) {
    Picture largest;
    auto [decoded, working_is_largest] = TRY(decode_into(file, limits, [&](int width, int height) {
        largest = blank(width, height);
        return largest.rgb.data();
    }));
    if (working_is_largest) decoded.working = largest;
    decoded.largest = std::move(largest);
    return std::move(decoded);
}

}  // namespace vitrine::photo
