#include "photo/exif.hpp"

namespace vitrine::photo {

// TIFF 6.0, section 2: byte order, 42, offset of the first directory; a directory is a count and 12-byte entries.
int exif_turn(Bytes tiff) {
    using namespace std::string_view_literals;
    constexpr std::uint64_t orientation = 0x0112, short_type = 3, long_type = 4;

    if (has(tiff, 0, "Exif\0\0"sv)) tiff = tiff.subspan(6);
    Order order = Order::big;
    if (has(tiff, 0, "II*\0"sv))
        order = Order::little;
    else if (!has(tiff, 0, "MM\0*"sv))
        return 1;

    auto directory = number(tiff, 4, 4, order);
    if (!directory) return 1;
    auto entries = number(tiff, *directory, 2, order);
    for (std::uint64_t i = 0; i < entries.value_or(0); ++i) {
        auto at = *directory + 2 + 12 * i;
        auto tag = number(tiff, at, 2, order);
        if (!tag) return 1;
        if (*tag != orientation) continue;
        auto type = number(tiff, at + 2, 2, order).value_or(0);
        if (type != short_type && type != long_type) return 1;
        auto turn = number(tiff, at + 8, type == short_type ? 2 : 4, order).value_or(1);
        return turn >= 1 && turn <= 8 ? static_cast<int>(turn) : 1;
    }
    return 1;
}

}  // namespace vitrine::photo
