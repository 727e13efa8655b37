#include <fmt/format.h>

#include <cstring>

#include "photo/exif.hpp"
#include "photo/headers.hpp"

namespace vitrine::photo {
namespace {

// ITU-T T.81, table B.1.
constexpr std::uint8_t start_of_image = 0xd8, end_of_image = 0xd9, start_of_scan = 0xda, app1 = 0xe1, temporary = 0x01;

bool stands_alone(std::uint8_t marker) {
    return marker == temporary || (marker >= 0xd0 && marker <= 0xd7);
}
bool is_frame(std::uint8_t marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// Where the next marker's code lies at or after `at`; file.size() when there is none. Inside coded data, 0xff00 is a
// byte and 0xffd0 to 0xffd7 are restarts.
std::size_t next_marker(Bytes file, std::size_t at) {
    while (at + 1 < file.size()) {
        const void* found = std::memchr(file.data() + at, 0xff, file.size() - at - 1);
        if (!found) break;
        at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - file.data()) + 1;
        std::uint8_t code = file[at];
        if (code != 0x00 && code != 0xff && !stands_alone(code)) return at;
    }
    return file.size();
}

Result<void> check_frame(std::uint8_t marker, std::uint64_t precision, std::uint64_t components) {
    switch (marker) {
        case 0xc0:
        case 0xc1:
        case 0xc2:
        case 0xc9:
        case 0xca:
            break;
        case 0xc3:
        case 0xcb:
            return wrong_format("a lossless JPEG, which few programs read");
        default:
            return wrong_format("a hierarchical JPEG, which few programs read");
    }
    if (precision != 8) return wrong_format(fmt::format("a {}-bit JPEG, which few programs read", precision));
    if (components != 1 && components != 3 && components != 4) return damaged();
    return {};
}

}  // namespace

// Walks every segment and scan of the first image, so that scans are counted and a missing end is seen. What cameras
// append after the end (previews, motion photos) is not looked at.
Result<Header> read_jpeg_header(Bytes file, const Limits& limits) {
    std::int64_t width = 0, height = 0, scans = 0;
    int turn = 1;
    for (auto at = next_marker(file, 2);; at = next_marker(file, at)) {
        if (at >= file.size()) return truncated();
        std::uint8_t marker = file[at++];
        if (marker == end_of_image) break;
        if (marker == start_of_image) return damaged();

        auto length = number(file, at, 2, Order::big);
        if (!length || *length > file.size() - at) return truncated();
        if (*length < 2) return damaged();
        auto segment = file.subspan(at + 2, *length - 2);
        at += *length;

        if (is_frame(marker)) {
            if (height) return damaged();  // one frame an image
            Reader frame(segment);
            auto precision = frame.take(1);
            height = static_cast<std::int64_t>(frame.take(2));
            width = static_cast<std::int64_t>(frame.take(2));
            auto components = frame.take(1);
            if (!frame.ok()) return damaged();
            TRY(check_frame(marker, precision, components));
            TRY(check_size(width, height, limits));
        } else if (marker == start_of_scan) {
            if (++scans > limits.progressive_scans_max)
                return Error{Kind::invalid, "photo.progressive",
                             fmt::format("The photo is a JPEG in more than {} passes, which would take too long to read; save it again in "
                                         "another program and send that.",
                                         limits.progressive_scans_max)};
        } else if (marker == app1 && turn == 1) {
            if (has(segment, 0, "Exif")) turn = exif_turn(segment);
        }
    }
    if (!height || !scans) return damaged();
    return upright(Format::jpeg, width, height, turn);
}

}  // namespace vitrine::photo
