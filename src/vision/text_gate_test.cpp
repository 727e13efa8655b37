#include "vision/text_gate.hpp"

#include <gtest/gtest.h>

namespace vitrine::vision {
namespace {

// Stripes of `dark` and `light`, each `stripe` pixels wide, with ramps of `soft` pixels between them.
photo::Picture striped(int width, int height, int dark, int light, int stripe, int soft) {
    photo::Picture line{width, height, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            int phase = x % (2 * stripe), within = phase % stripe;
            double share = within < soft ? static_cast<double>(within) / soft : 1;
            double value = phase < stripe ? dark + (light - dark) * share : light + (dark - light) * share;
            line.rgb.insert(line.rgb.end(), 3, static_cast<std::uint8_t>(value));
        }
    return line;
}

TEST(Gate, Sharp_letters_on_their_ground_are_read) {
    EXPECT_EQ(judge(look_at_line(striped(200, 30, 20, 230, 8, 1))), Gate::read);
}

TEST(Gate, What_hardly_differs_from_its_ground_is_faint) {
    EXPECT_EQ(judge(look_at_line(striped(200, 30, 120, 125, 8, 1))), Gate::faint);
    EXPECT_EQ(judge(look_at_line(striped(200, 30, 99, 99, 8, 1))), Gate::faint);
}

TEST(Gate, One_soft_slope_is_blurred) {
    EXPECT_EQ(judge(look_at_line(striped(400, 30, 20, 230, 200, 180))), Gate::blurred);
}

TEST(Gate, A_line_of_few_pixels_is_small) {
    EXPECT_EQ(judge(look_at_line(striped(60, 4, 20, 230, 4, 1))), Gate::small);
}

TEST(Gate, Of_too_many_lines_the_smallest_stay_out) {
    auto of_height = [](float height) { return TextBox{{{{0, 0}, {100, 0}, {100, height}, {0, height}}}, 1}; };
    EXPECT_EQ(largest_lines({of_height(10), of_height(30), of_height(5), of_height(20)}, 2), (std::vector<bool>{false, true, false, true}));
    EXPECT_EQ(largest_lines({of_height(10)}, 5), std::vector<bool>{true});
    EXPECT_TRUE(largest_lines({}, 5).empty());
}

TEST(Gate, Every_outcome_has_its_name_in_the_metrics) {
    for (auto gate : gates) EXPECT_FALSE(name_of(gate).empty());
}

}  // namespace
}  // namespace vitrine::vision
