#include "photo/exif.hpp"
#include "photo/headers.hpp"

namespace vitrine::photo {

// PNG 3rd edition, section 5: after the signature, chunks of length, type, data, checksum, from IHDR to IEND.
Result<Header> read_png_header(Bytes file, const Limits& limits) {
    constexpr std::size_t signature = 8, around = 12;  // length, type and checksum of a chunk
    std::int64_t width = 0, height = 0;
    int turn = 1;
    bool pixels = false;
    for (std::size_t at = signature;;) {
        auto length = number(file, at, 4, Order::big);
        if (!length) return truncated();
        bool header = has(file, at + 4, "IHDR");
        if (header != (at == signature)) return damaged();
        if (header) {
            if (*length != 13) return damaged();
            auto stored_width = number(file, at + 8, 4, Order::big), stored_height = number(file, at + 12, 4, Order::big);
            if (!stored_width || !stored_height) return truncated();
            width = static_cast<std::int64_t>(*stored_width);
            height = static_cast<std::int64_t>(*stored_height);
            TRY(check_size(width, height, limits));
        }
        if (file.size() - at < around || *length > file.size() - at - around) return truncated();
        if (has(file, at + 4, "IEND")) break;
        if (has(file, at + 4, "acTL")) return animated("an animated PNG");
        if (has(file, at + 4, "eXIf")) turn = exif_turn(file.subspan(at + 8, *length));
        pixels = pixels || has(file, at + 4, "IDAT");
        at += around + *length;
    }
    if (!pixels) return damaged();
    return upright(Format::png, width, height, turn);
}

}  // namespace vitrine::photo
