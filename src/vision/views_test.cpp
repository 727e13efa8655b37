#include "vision/views.hpp"

#include <gtest/gtest.h>

namespace vitrine::vision {
namespace {

// Grey pixels, row by row; the three channels are the same.
photo::Picture grey(int width, int height, const std::vector<int>& values) {
    auto picture = photo::blank(width, height);
    for (std::size_t i = 0; i < values.size(); ++i)
        for (std::size_t channel = 0; channel < 3; ++channel) picture.rgb[3 * i + channel] = static_cast<std::uint8_t>(values[i]);
    return picture;
}

std::vector<int> greys(const photo::Picture& picture) {
    std::vector<int> values;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3) values.push_back(picture.rgb[i]);
    return values;
}

TEST(View, Whole_squeezes_the_picture_whatever_its_aspect) {
    EXPECT_EQ(greys(view(grey(4, 2,
                              {10, 20, 30, 50,  //
                               60, 70, 80, 90}),
                         View::whole, 2)),
              (std::vector{15, 40, 65, 85}));
}

TEST(View, Padded_puts_grey_beside_it_the_odd_pixel_right_or_below) {
    EXPECT_EQ(greys(view(grey(1, 4, {1, 2, 3, 4}), View::padded, 4)),  //
              (std::vector{127, 1, 127, 127,                           //
                           127, 2, 127, 127,                           //
                           127, 3, 127, 127,                           //
                           127, 4, 127, 127}));
    EXPECT_EQ(greys(view(grey(2, 1, {5, 6}), View::padded, 2)), (std::vector{5, 6, 127, 127}));
}

TEST(View, Centre_is_the_largest_square_in_the_middle) {
    EXPECT_EQ(greys(view(grey(5, 2,
                              {0, 1, 2, 3, 4,  //
                               5, 6, 7, 8, 9}),
                         View::centre, 2)),
              (std::vector{1, 2, 6, 7}));
    EXPECT_EQ(greys(view(grey(1, 3, {7, 8, 9}), View::centre, 1)), std::vector{8});
}

TEST(Resized, Averages_all_pixels_where_it_shrinks) {
    // Interpolation between the middle ones alone would give 255.
    EXPECT_EQ(greys(resized(grey(4, 1, {1, 255, 255, 1}), 1, 1)), std::vector{128});
}

TEST(Resized, A_flat_picture_stays_flat_when_it_grows) {
    for (int value : greys(resized(grey(3, 3, std::vector<int>(9, 200)), 11, 7))) EXPECT_EQ(value, 200);
}

struct Writing : testing::Test {
    photo::Picture picture = photo::blank(2, 1);
    std::vector<float> out = std::vector<float>(6);
    Writing() { picture.rgb = {10, 20, 30, 40, 50, 60}; }
};

TEST_F(Writing, Planes_come_one_after_the_other) {
    write_planes(picture, Channels::rgb, {10, 20, 30}, {1, 0.5f, 2}, out);
    EXPECT_EQ(out, (std::vector<float>{0, 30, 0, 15, 0, 60}));
}

TEST_F(Writing, Mean_and_scale_are_in_the_order_of_the_planes_written) {
    write_planes(picture, Channels::bgr, {30, 20, 10}, {2, 0.5f, 1}, out);
    EXPECT_EQ(out, (std::vector<float>{0, 60, 0, 15, 0, 30}));
}

TEST_F(Writing, Pixels_keep_their_channels_side_by_side) {
    write_pixels(picture, Channels::rgb, {10, 20, 30}, {1, 0.5f, 2}, out);
    EXPECT_EQ(out, (std::vector<float>{0, 0, 0, 30, 15, 60}));
    write_pixels(picture, Channels::bgr, {30, 20, 10}, {2, 0.5f, 1}, out);
    EXPECT_EQ(out, (std::vector<float>{0, 0, 0, 60, 15, 30}));
}

}  // namespace
}  // namespace vitrine::vision
