#include "photo/reduce.hpp"

#include <gtest/gtest.h>

#include "photo/photos_for_tests.hpp"

namespace vitrine::photo {
namespace {

Picture filled(int width, int height, std::uint8_t value) {
    Picture picture = blank(width, height);
    std::ranges::fill(picture.rgb, value);
    return picture;
}

TEST(Reduce, keeps_a_flat_colour_exactly_at_every_ratio) {
    for (int width : {1, 2, 7, 30, 31, 32})
        for (int height : {1, 3, 17, 22, 23})
            for (int value : {0, 1, 127, 254, 255}) {
                auto flat = static_cast<std::uint8_t>(value);
                auto small = reduced(filled(32, 23, flat), width, height);
                ASSERT_EQ(small.width, width);
                ASSERT_EQ(small.height, height);
                for (auto pixel : small.rgb) ASSERT_EQ(pixel, flat) << width << " x " << height;
            }
}

TEST(Reduce, gives_the_mean_of_the_area_that_a_pixel_covers) {
    Picture picture = blank(3, 2);
    for (int i = 0; i < 6; ++i) std::fill_n(picture.rgb.begin() + 3 * i, 3, static_cast<std::uint8_t>(30 * i));
    auto one = reduced(picture, 1, 1);
    EXPECT_NEAR(one.rgb[0], 75, 1);
    auto two = reduced(picture, 2, 1);  // 0 30 60 over 90 120 150: one and a half columns each
    EXPECT_NEAR(two.rgb[0], (0 + 90 + 0.5 * (30 + 120)) / 3, 1);
    EXPECT_NEAR(two.rgb[3], (60 + 150 + 0.5 * (30 + 120)) / 3, 1);
}

TEST(Reduce, to_the_same_size_changes_nothing) {
    auto picture = testing::blobs(1, 40, 30);
    EXPECT_EQ(testing::difference(reduced(picture, 40, 30), picture), 0);
    Reducer reducer(40, 30, 40, 30);
    for (int y = 0; y < 30; ++y) reducer.add_row(picture.row(y));
    EXPECT_EQ(testing::difference(reducer.take(), picture), 0);
}

TEST(Fit, keeps_the_shape_and_never_enlarges) {
    EXPECT_EQ(fit(4032, 3024, 1280), (Extent{1280, 960}));
    EXPECT_EQ(fit(3024, 4032, 1280), (Extent{960, 1280}));
    EXPECT_EQ(fit(400, 533, 1280), (Extent{400, 533}));
    EXPECT_EQ(fit(65535, 3, 1280), (Extent{1280, 1}));
}

}  // namespace
}  // namespace vitrine::photo
