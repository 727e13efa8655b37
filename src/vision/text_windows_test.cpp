#include "vision/text_windows.hpp"

#include <gtest/gtest.h>

namespace vitrine::vision {
namespace {

TextBox box(float x, float y, float width, float height) {
    return {{{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}}, 0.6f};
}

bool holds(const Window& window, const TextBox& box) {
    return std::ranges::all_of(box.quad, [&](const Corner& c) {
        return c.x >= static_cast<float>(window.x) && c.x <= static_cast<float>(window.x + window.width) &&
               c.y >= static_cast<float>(window.y) && c.y <= static_cast<float>(window.y + window.height);
    });
}

TEST(Glance, A_garment_that_looks_like_one_letter_is_no_line_of_text) {
    auto glance = sort_glance({box(40, 40, 300, 380), box(100, 100, 90, 20)}, 400);
    ASSERT_EQ(glance.likely.size(), 1u);
    EXPECT_EQ(width_of(glance.likely[0].quad), 90);
    EXPECT_TRUE(glance.covered);
}

TEST(Glance, A_large_word_is_still_a_word) {
    EXPECT_EQ(sort_glance({box(10, 100, 380, 150)}, 400).likely.size(), 1u);
}

TEST(Windows, Nothing_likely_is_nothing_to_look_at) {
    EXPECT_TRUE(windows_for({{}, true}, 960, 736).empty());
}

TEST(Windows, Hold_every_box_with_room_and_stay_apart_inside_the_picture) {
    Glance glance{{box(100, 100, 80, 20), box(110, 140, 60, 18), box(700, 600, 90, 24)}, false};
    auto windows = windows_for(glance, 960, 736);
    ASSERT_EQ(windows.size(), 2u);
    for (const auto& likely : glance.likely)
        EXPECT_EQ(std::ranges::count_if(windows, [&](const Window& w) { return holds(w, likely); }), 1);
    for (const auto& window : windows) {
        EXPECT_TRUE(window.width % 160 == 0 || window.width == 960);
        EXPECT_TRUE(window.height % 160 == 0 || window.height == 736);
        EXPECT_GE(window.x, 0);
        EXPECT_LE(window.x + window.width, 960);
        EXPECT_LE(window.y + window.height, 736);
    }
    EXPECT_LE(windows[0].x, 100 - 60);
    EXPECT_GE(windows[0].x + windows[0].width, 180 + 60);
}

TEST(Windows, Windows_that_would_take_most_of_the_picture_become_one_over_all_of_it) {
    auto windows = windows_for({{box(50, 50, 800, 60), box(60, 400, 800, 60)}, false}, 960, 736);
    ASSERT_EQ(windows.size(), 1u);
    EXPECT_EQ(windows[0].width * windows[0].height, 960 * 736);
}

TEST(Windows, What_a_large_shape_may_hide_is_looked_for_everywhere) {
    auto windows = windows_for({{box(100, 100, 80, 20)}, true}, 960, 736);
    ASSERT_EQ(windows.size(), 1u);
    EXPECT_EQ(windows[0].width, 960);
}

TEST(Windows, A_chain_of_touching_boxes_is_one_window) {
    Glance glance;
    for (int i = 0; i < 5; ++i) glance.likely.push_back(box(40.0f + 100.0f * static_cast<float>(i), 300, 60, 16));
    EXPECT_EQ(windows_for(glance, 960, 736).size(), 1u);
}

}  // namespace
}  // namespace vitrine::vision
