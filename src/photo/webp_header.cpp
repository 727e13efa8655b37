#include "photo/exif.hpp"
#include "photo/headers.hpp"

namespace vitrine::photo {
namespace {

struct Extent {
    std::int64_t width = 0, height = 0;
};

// RFC 6386, section 9.1: a key frame's tag and start code, then two 14-bit sizes.
std::optional<Extent> lossy_extent(Bytes data) {
    if (!has(data, 3, "\x9d\x01\x2a")) return std::nullopt;
    auto width = number(data, 6, 2, Order::little), height = number(data, 8, 2, Order::little);
    if (!height) return std::nullopt;
    return Extent{static_cast<std::int64_t>(*width & 0x3fff), static_cast<std::int64_t>(*height & 0x3fff)};
}

// RFC 9649, section 3.4: a signature byte, then two 14-bit sizes less one.
std::optional<Extent> lossless_extent(Bytes data) {
    auto bits = number(data, 1, 4, Order::little);
    if (!bits || data[0] != 0x2f) return std::nullopt;
    return Extent{static_cast<std::int64_t>(*bits & 0x3fff) + 1, static_cast<std::int64_t>(*bits >> 14 & 0x3fff) + 1};
}

}  // namespace

// RFC 9649, section 2: RIFF chunks, each padded to an even length. The first picture chunk is the photo.
Result<Header> read_webp_header(Bytes file, const Limits& limits) {
    auto riff = number(file, 4, 4, Order::little);
    if (!riff || *riff > file.size() - 8) return truncated();
    if (*riff < 4) return damaged();
    file = file.subspan(0, *riff + 8);  // what follows is not ours

    std::optional<Extent> extent;
    int turn = 1;
    for (std::size_t at = 12; at < file.size();) {
        auto length = number(file, at + 4, 4, Order::little);
        if (!length || *length > file.size() - at - 8) return damaged();
        auto data = file.subspan(at + 8, *length);
        if (has(file, at, "VP8X")) {
            constexpr std::uint8_t animation = 0x02;
            auto width = number(data, 4, 3, Order::little), height = number(data, 7, 3, Order::little);
            if (!height) return damaged();
            if (data[0] & animation) return animated("an animated WebP");
            TRY(check_size(static_cast<std::int64_t>(*width) + 1, static_cast<std::int64_t>(*height) + 1, limits));
        } else if (has(file, at, "ANIM") || has(file, at, "ANMF")) {
            return animated("an animated WebP");
        } else if (!extent && (has(file, at, "VP8 ") || has(file, at, "VP8L"))) {
            extent = has(file, at, "VP8 ") ? lossy_extent(data) : lossless_extent(data);
            if (!extent) return damaged();
            TRY(check_size(extent->width, extent->height, limits));
        } else if (has(file, at, "EXIF")) {
            turn = exif_turn(data);
        }
        at += 8 + *length + (*length & 1);
    }
    if (!extent) return damaged();
    return upright(Format::webp, extent->width, extent->height, turn);
}

}  // namespace vitrine::photo
