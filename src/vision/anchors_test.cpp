#include "vision/anchors.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vitrine::vision {
namespace {

// The faces' grid: 16 x 16 cells with two anchors, then 8 x 8 cells that three layers share.
const AnchorGrid faces{128, {8, 16, 16, 16}, 2, 0.5};

TEST(Anchors, Are_as_many_as_the_network_s_outputs) {
    EXPECT_EQ(anchor_centres(faces).size(), 16u * 16 * 2 + 8 * 8 * 6);
    EXPECT_EQ(anchor_centres({192, {4}, 1, 0.6}).size(), 48u * 48);
    EXPECT_EQ(anchor_centres({10, {4}, 1, 0.5}).size(), 9u);  // a cell that the square cuts counts
}

TEST(Anchors, Lie_in_the_middle_of_their_cells_row_by_row) {
    const auto centres = anchor_centres({4, {2}, 1, 0.5});
    ASSERT_EQ(centres.size(), 4u);
    EXPECT_DOUBLE_EQ(centres[0].x, 0.25);
    EXPECT_DOUBLE_EQ(centres[1].x, 0.75);
    EXPECT_DOUBLE_EQ(centres[1].y, 0.25);
    EXPECT_DOUBLE_EQ(centres[2].x, 0.25);
    EXPECT_DOUBLE_EQ(centres[2].y, 0.75);
}

TEST(Anchors, Layers_of_one_stride_share_a_cell_before_the_next_begins) {
    const auto centres = anchor_centres(faces);
    for (int same = 1; same < 6; ++same) EXPECT_EQ(centres[512 + same].x, centres[512].x);
    EXPECT_DOUBLE_EQ(centres[512].x, 0.5 / 8);
    EXPECT_DOUBLE_EQ(centres[518].x, 1.5 / 8);
}

// Four anchors of a 4 pixel square, [centre x, centre y, width, height, one point].
struct Decoding : testing::Test {
    const AnchorGrid grid{4, {2}, 1, 0.5};
    const std::vector<Point> centres = anchor_centres(grid);
    std::vector<float> boxes = std::vector<float>(4 * 6, 0.0f);
    std::vector<float> scores = std::vector<float>(4, -20.0f);

    std::vector<Detection> found() const { return decode_anchors({{1, 4, 6}, boxes}, {{1, 4, 1}, scores}, grid, centres); }
};

TEST_F(Decoding, A_box_is_told_from_its_anchor_s_centre) {
    scores[3] = static_cast<float>(std::log(0.9 / 0.1));
    const float raw[] = {-1, 0.5f, 2, 1, 0.25f, -3};
    std::ranges::copy(raw, boxes.begin() + 3 * 6);
    const auto detections = found();
    ASSERT_EQ(detections.size(), 1u);
    const auto& [box, points] = detections[0];
    EXPECT_NEAR(box.score, 0.9, 1e-6);
    EXPECT_DOUBLE_EQ(box.left, 1);  // the anchor is at (3, 3), the box's centre at (2, 3.5)
    EXPECT_DOUBLE_EQ(box.right, 3);
    EXPECT_DOUBLE_EQ(box.top, 3);
    EXPECT_DOUBLE_EQ(box.bottom, 4);
    ASSERT_EQ(points.size(), 1u);
    EXPECT_DOUBLE_EQ(points[0].x, 3.25);
    EXPECT_DOUBLE_EQ(points[0].y, 0);
}

TEST_F(Decoding, Below_the_least_score_there_is_nothing) {
    scores = {-0.01f, 0.01f, -5, -5};  // a half is where the logit is zero
    const auto detections = found();
    ASSERT_EQ(detections.size(), 1u);
    EXPECT_NEAR(detections[0].box.score, 0.5025, 1e-4);
}

TEST_F(Decoding, Outputs_that_are_too_short_are_read_as_far_as_they_go) {
    scores = {5.0f};
    EXPECT_EQ(found().size(), 1u);
    scores.clear(), boxes.clear();
    EXPECT_TRUE(found().empty());
}

}  // namespace
}  // namespace vitrine::vision
