#include "photo/turn.hpp"

#include <cstring>

namespace vitrine::photo {
namespace {

// Where the source's first pixel goes in the upright picture, and which way its row and column run, in bytes.
struct Way {
    std::ptrdiff_t start = 0;
    std::ptrdiff_t right = 0;  // to the next pixel of the source's row
    std::ptrdiff_t down = 0;   // to the source's next row
};

// Exif 2.32, tag 0x0112: where row 0 and column 0 of the stored picture lie when it is upright.
Way way(int turn, int width, int height) {
    std::ptrdiff_t pixel = 3, w = width, h = height, last_x = (w - 1) * pixel, last_y = h - 1;
    std::ptrdiff_t line = (turn >= 5 ? h : w) * pixel;  // of the upright picture
    switch (turn) {
        case 2:
            return {last_x, -pixel, line};
        case 3:
            return {last_y * line + last_x, -pixel, -line};
        case 4:
            return {last_y * line, pixel, -line};
        case 5:
            return {0, line, pixel};
        case 6:
            return {(h - 1) * pixel, line, -pixel};
        case 7:
            return {(w - 1) * line + (h - 1) * pixel, -line, -pixel};
        case 8:
            return {(w - 1) * line, -line, pixel};
        default:
            return {0, pixel, line};
    }
}

}  // namespace

void place_rows(const std::uint8_t* rows, std::size_t stride, int top, int count, int source_width, int source_height, int turn,
                std::uint8_t* upright) {
    Way to = way(turn, source_width, source_height);
    std::uint8_t* first = upright + to.start + to.down * top;
    if (turn == 1) {
        for (int y = 0; y < count; ++y)
            std::memcpy(first + to.down * y, rows + stride * static_cast<std::size_t>(y), static_cast<std::size_t>(source_width) * 3);
        return;
    }
    // In blocks of columns, so that for a quarter turn the lines being written stay in the cache.
    constexpr int block = 16;
    for (int left = 0; left < source_width; left += block) {
        int columns = std::min(block, source_width - left);
        for (int y = 0; y < count; ++y) {
            const std::uint8_t* from = rows + stride * static_cast<std::size_t>(y) + static_cast<std::size_t>(left) * 3;
            std::uint8_t* into = first + to.down * y + to.right * left;
            for (int x = 0; x < columns; ++x, from += 3, into += to.right) {
                into[0] = from[0];
                into[1] = from[1];
                into[2] = from[2];
            }
        }
    }
}

Picture turned(Picture picture, int turn) {
    if (turn == 1) return picture;
    Picture upright = turn >= 5 ? blank(picture.height, picture.width) : blank(picture.width, picture.height);
    place_rows(picture.rgb.data(), static_cast<std::size_t>(picture.width) * 3, 0, picture.height, picture.width, picture.height, turn,
               upright.rgb.data());
    return upright;
}

}  // namespace vitrine::photo
