#include "vision/quality.hpp"

#include <gtest/gtest.h>

#include "photo/reduce.hpp"

namespace vitrine::vision {
namespace {

photo::Picture squares(int side, int square, std::uint8_t light) {
    auto picture = photo::blank(side, side);
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) std::fill_n(picture.row(y) + 3 * x, 3, (x / square + y / square) % 2 ? light : std::uint8_t{0});
    return picture;
}

TEST(Quality, a_blurred_picture_is_less_sharp_than_the_same_one_sharp) {
    auto sharp = squares(512, 16, 255);
    auto blurred = sharp;
    for (int y = 0; y < 512; ++y)
        for (int x = 0; x < 512; ++x)
            for (int c = 0; c < 3; ++c) {
                int sum = 0, count = 0;
                for (int dx = -6; dx <= 6; ++dx)
                    if (x + dx >= 0 && x + dx < 512) sum += sharp.row(y)[3 * (x + dx) + c], ++count;
                blurred.row(y)[3 * x + c] = static_cast<std::uint8_t>(sum / count);
            }
    EXPECT_LT(quality_of(blurred).sharpness, quality_of(sharp).sharpness / 1.5);
}

TEST(Quality, brightness_is_the_mean_lightness) {
    EXPECT_NEAR(quality_of(squares(100, 100, 255)).brightness, 0, 1);  // one black square
    EXPECT_NEAR(quality_of(squares(200, 100, 255)).brightness, 50, 2);
    EXPECT_LT(quality_of(squares(200, 100, 80)).brightness, 25);
}

}  // namespace
}  // namespace vitrine::vision
