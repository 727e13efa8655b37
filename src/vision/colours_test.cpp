#include "vision/colours.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace vitrine::vision {
namespace {

struct Rgb {
    int r, g, b;
};

void fill(photo::Picture& picture, int left, int top, int right, int bottom, Rgb colour) {
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) {
            int grain = (x * 7 + y * 13) % 5 - 2;
            std::uint8_t* pixel = picture.row(y) + 3 * x;
            for (auto [c, value] : {std::pair{0, colour.r}, {1, colour.g}, {2, colour.b}})
                pixel[c] = static_cast<std::uint8_t>(std::clamp(value + grain, 0, 255));
        }
}

// A thing in the middle of a white bed.
photo::Picture on_a_bed(Rgb thing) {
    auto picture = photo::blank(400, 533);
    fill(picture, 0, 0, 400, 533, {235, 232, 228});
    fill(picture, 100, 130, 300, 400, thing);
    return picture;
}

TEST(Colours, are_those_of_the_thing_and_not_of_the_bed) {
    auto found = main_colours(on_a_bed({180, 30, 40}));
    ASSERT_FALSE(found.colours.empty());
    const auto& main = found.colours.front();
    EXPECT_NEAR(main.l, 39, 5);
    EXPECT_GT(main.a, 45);
    EXPECT_GT(main.share, 0.8);
    EXPECT_NEAR(found.foreground, 200.0 * 270 / (400 * 533), 0.08);
}

TEST(Colours, of_two_parts_come_with_their_shares_largest_first) {
    auto picture = on_a_bed({20, 60, 160});
    fill(picture, 100, 130, 300, 210, {230, 200, 40});
    auto found = main_colours(picture);
    ASSERT_GE(found.colours.size(), 2u);
    EXPECT_LT(found.colours[0].b, -20);
    EXPECT_GT(found.colours[1].b, 40);
    EXPECT_NEAR(found.colours[0].share, 190.0 / 270, 0.12);
}

TEST(Colours, of_a_white_thing_in_a_dim_room_are_still_white) {
    auto picture = photo::blank(400, 533);
    fill(picture, 0, 0, 400, 533, {70, 45, 30});
    fill(picture, 100, 130, 300, 400, {165, 163, 160});
    EXPECT_GT(main_colours(picture).colours.front().l, 80);
}

TEST(Colours, lean_less_than_the_lamp) {
    auto picture = photo::blank(400, 533);
    fill(picture, 0, 0, 400, 533, {235, 205, 165});  // a white bed under a warm lamp
    fill(picture, 100, 130, 300, 400, {125, 108, 84});
    auto under_lamp = main_colours(picture).colours.front();
    auto in_daylight = main_colours(on_a_bed({125, 108, 84})).colours.front();
    EXPECT_LT(under_lamp.b, in_daylight.b - 3) << "the same pixels are a greyer thing where everything is yellow";
}

TEST(Colours, are_the_same_every_time) {
    auto picture = on_a_bed({90, 120, 60});
    auto once = main_colours(picture), again = main_colours(picture);
    ASSERT_EQ(once.colours.size(), again.colours.size());
    for (std::size_t i = 0; i < once.colours.size(); ++i) {
        EXPECT_EQ(once.colours[i].l, again.colours[i].l);
        EXPECT_EQ(once.colours[i].share, again.colours[i].share);
    }
}

TEST(Colours, of_the_smallest_and_flattest_pictures_are_found_too) {
    for (auto [width, height] : {std::pair{1, 1}, {2, 300}, {300, 1}, {64, 64}}) {
        auto picture = photo::blank(width, height);
        std::ranges::fill(picture.rgb, std::uint8_t{120});
        auto found = main_colours(picture);
        ASSERT_EQ(found.colours.size(), 1u) << width << " x " << height;
        EXPECT_NEAR(found.colours.front().share, 1, 1e-9);
    }
}

}  // namespace
}  // namespace vitrine::vision
