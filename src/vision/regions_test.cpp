#include "vision/regions.hpp"

#include <gtest/gtest.h>

namespace vitrine::vision {
namespace {

struct Rectangle {
    int x, y, width, height;
    std::array<std::uint8_t, 3> colour;
};

photo::Picture painted(int width, int height, std::array<std::uint8_t, 3> ground, std::initializer_list<Rectangle> rectangles) {
    auto picture = photo::blank(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            auto colour = ground;
            for (const auto& each : rectangles)
                if (x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height) colour = each.colour;
            std::ranges::copy(colour, picture.row(y) + static_cast<std::ptrdiff_t>(x) * 3);
        }
    return picture;
}

TEST(Regions, A_thing_on_an_even_ground_is_a_region_around_it) {
    const auto found = regions_of(painted(400, 300, {220, 220, 215}, {{140, 90, 120, 120, {160, 20, 30}}}));
    ASSERT_EQ(found.size(), 1u);
    const auto [x, y, w, h] = found[0];
    EXPECT_NEAR(x + w / 2, 0.5, 0.05);
    EXPECT_NEAR(y + h / 2, 0.5, 0.05);
    EXPECT_GT(w, 0.3) << "it has a margin";
    EXPECT_LT(w, 0.5);
}

TEST(Regions, What_fills_the_picture_has_none) {
    EXPECT_TRUE(regions_of(painted(300, 300, {220, 220, 215}, {{24, 24, 252, 252, {160, 20, 30}}})).empty());
}

TEST(Regions, What_is_cut_out_stays_inside_the_picture) {
    const auto picture = painted(100, 80, {1, 2, 3}, {{50, 40, 50, 40, {9, 8, 7}}});
    const auto part = cut_out(picture, {0.5, 0.5, 0.8, 0.8});
    EXPECT_EQ(part.width, 50);
    EXPECT_EQ(part.height, 40);
    EXPECT_EQ(part.row(0)[0], 9);
    EXPECT_EQ(part.row(39)[49 * 3], 9);
    const auto least = cut_out(picture, {1, 1, 0, 0});
    EXPECT_EQ(least.width, 1);
    EXPECT_EQ(least.height, 1);
}

}  // namespace
}  // namespace vitrine::vision
