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

TEST(Windows, An_empty_glance_is_nothing_to_look_at) {
    EXPECT_TRUE(windows_for({{}, false}, 960, 736).empty());
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
    for (const Glance& glance : {Glance{{box(100, 100, 80, 20)}, true}, Glance{{}, true}}) {
        auto windows = windows_for(glance, 960, 736);
        ASSERT_EQ(windows.size(), 1u);
        EXPECT_EQ(windows[0].width, 960);
    }
}

TEST(Windows, A_chain_of_touching_boxes_is_one_window) {
    Glance glance;
    for (int i = 0; i < 5; ++i) glance.likely.push_back(box(40.0f + 100.0f * static_cast<float>(i), 300, 60, 16));
    EXPECT_EQ(windows_for(glance, 960, 736).size(), 1u);
}

TEST(Tiles, Their_kept_parts_cover_the_window_exactly_once_and_each_sees_beyond_its_own) {
    for (const Window window : {Window{0, 0, 320, 160}, {32, 64, 960, 640}, {160, 0, 640, 1120}, {0, 0, 3200, 160}}) {
        const auto tiles = tiles_of(window, 200'000);
        ASSERT_FALSE(tiles.empty());
        int kept = 0;
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            const auto& [seen, own] = tiles[i];
            kept += own.width * own.height;
            EXPECT_GT(own.width * own.height, 0);
            EXPECT_TRUE(seen.x <= own.x && seen.y <= own.y && seen.x + seen.width >= own.x + own.width &&
                        seen.y + seen.height >= own.y + own.height);
            EXPECT_TRUE(seen.x >= window.x && seen.y >= window.y && seen.x + seen.width <= window.x + window.width &&
                        seen.y + seen.height <= window.y + window.height);
            EXPECT_EQ(seen.width % 32, 0);  // the network halves five times
            EXPECT_EQ(seen.height % 32, 0);
            if (i == 0) continue;
            const auto& before = tiles[i - 1].kept;  // one after the other along the longer side
            EXPECT_TRUE(window.width > window.height ? own.x == before.x + before.width && own.y == before.y
                                                     : own.y == before.y + before.height && own.x == before.x);
        }
        EXPECT_EQ(kept, window.width * window.height);
    }
}

TEST(Tiles, What_is_small_enough_is_one) {
    const auto tiles = tiles_of({32, 64, 320, 160}, 320 * 160);
    ASSERT_EQ(tiles.size(), 1u);
    EXPECT_EQ(tiles[0].seen.width, 320);
    EXPECT_EQ(tiles[0].kept.height, 160);
}

}  // namespace
}  // namespace vitrine::vision
