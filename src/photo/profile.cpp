#include "photo/profile.hpp"

#include <vips/vips.h>

#include <string_view>

#include "core/log.hpp"
#include "photo/bytes.hpp"

namespace vitrine::photo {
namespace {

// ICC.1:2010, section 7.2: the data's colour space lies at byte 16; section 7.3: the tag table follows the header.
bool is_rgb(Bytes profile) {
    return has(profile, 16, "RGB ");
}

// Whether its description begins with "sRGB", as ASCII (version 2) or as UTF-16 (version 4).
bool says_srgb(Bytes profile) {
    using namespace std::string_view_literals;
    auto tags = number(profile, 128, 4, Order::big).value_or(0);
    for (std::uint64_t i = 0; i < tags && 132 + 12 * i < profile.size(); ++i) {
        if (!has(profile, 132 + 12 * i, "desc")) continue;
        auto at = number(profile, 136 + 12 * i, 4, Order::big).value_or(profile.size());
        if (has(profile, at, "desc")) return has(profile, at + 12, "sRGB");
        auto text = number(profile, at + 24, 4, Order::big).value_or(0);  // "mluc": the first language's
        return has(profile, at, "mluc") && has(profile, at + text, "\0s\0R\0G\0B"sv);
    }
    return false;
}

}  // namespace

std::vector<std::uint8_t> foreign_profile(VipsImage* image) {
    const void* data = nullptr;
    std::size_t size = 0;
    if (!vips_image_get_typeof(image, VIPS_META_ICC_NAME) || vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0) return {};
    Bytes profile(static_cast<const std::uint8_t*>(data), size);
    if (!is_rgb(profile) || says_srgb(profile)) return {};
    return {profile.begin(), profile.end()};
}

void apply_profile(Picture& picture, const std::vector<std::uint8_t>& profile) {
    if (profile.empty()) return;
    Image plain(vips_image_new_from_memory(picture.rgb.data(), picture.rgb.size(), picture.width, picture.height, 3, VIPS_FORMAT_UCHAR));
    if (!plain) return;
    VipsImage *tagged = nullptr, *converted = nullptr;
    if (vips_copy(plain.get(), &tagged, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr) != 0) return;
    Image holds_tagged(tagged);
    vips_image_set_blob_copy(tagged, VIPS_META_ICC_NAME, profile.data(), profile.size());
    if (vips_icc_transform(tagged, &converted, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE, nullptr) != 0) {
        log::debug("photo.profile_unusable", {{"said", library_error()}});
        return;
    }
    Image holds_converted(converted);
    Picture result = blank(picture.width, picture.height);
    Image into(vips_image_new_from_memory(result.rgb.data(), result.rgb.size(), result.width, result.height, 3, VIPS_FORMAT_UCHAR));
    if (converted->Bands != 3 || converted->BandFmt != VIPS_FORMAT_UCHAR || !into || vips_image_write(converted, into.get()) != 0) {
        log::debug("photo.profile_unusable", {{"said", library_error()}});
        return;
    }
    picture = std::move(result);
}

}  // namespace vitrine::photo
