#pragma once
// Making a picture smaller by averaging: every pixel of the result is the mean of the area it covers.

#include <cstdint>
#include <vector>

#include "photo/picture.hpp"

namespace vitrine::photo {

// Takes the source row by row from the top, so that a decoder's rows are averaged while they are still in the cache.
// `width` x `height` must not exceed the source's. 12 megapixels to 1280 px add about 15 ms to a decode.
class Reducer {
public:
    Reducer(int source_width, int source_height, int width, int height);

    // `rgb` holds source_width x 3 bytes. Once for each of source_height rows.
    void add_row(const std::uint8_t* rgb);
    // After the last row.
    Picture take() { return std::move(picture_); }

private:
    // How much a source pixel counts for the result's pixels it touches: at most two, because nothing is enlarged.
    struct Weight {
        int into = 0;              // the first of the two
        std::uint16_t first = 0;   // in parts of `unit`
        std::uint16_t second = 0;  // what falls into the one after
    };
    static constexpr std::uint32_t unit = 256;  // the weights of all that make one pixel

    static std::vector<Weight> weigh(int source, int result);
    void finish_row();

    int source_width_;
    std::vector<Weight> columns_, rows_;
    std::vector<std::uint16_t> row_;  // sums so far of the result's current row, source_width_ x 3
    int source_row_ = 0;
    int row_at_ = 0;
    Picture picture_;
};

// The sizes must not exceed the picture's.
Picture reduced(const Picture&, int width, int height);

// The size of a picture whose longer side becomes `side`; its own size when that is smaller. Neither side gets below 1.
struct Extent {
    int width = 0;
    int height = 0;
    bool operator==(const Extent&) const = default;
};
Extent fit(int width, int height, int side);

}  // namespace vitrine::photo
