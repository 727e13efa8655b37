#include "vision/text_boxes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <random>

namespace vitrine::vision {
namespace {

// A map drawn by hand: nothing but what is put on it.
struct DrawnMap {
    DrawnMap(int width, int height, float ground = 0) : pixels(height, width, CV_32F, cv::Scalar(ground)) {}

    cv::RotatedRect put(cv::Point2f centre, cv::Size2f size, float angle, float probability = 0.9f) {
        cv::RotatedRect line(centre, size, angle);
        std::array<cv::Point2f, 4> corners;
        line.points(corners.data());
        std::array<cv::Point, 4> whole;
        std::ranges::transform(corners, whole.begin(), [](const auto& p) { return cv::Point(cvRound(p.x), cvRound(p.y)); });
        cv::fillConvexPoly(pixels, whole.data(), 4, probability);
        return line;
    }
    TextMap map() const { return {pixels.cols, pixels.rows, {pixels.ptr<float>(), pixels.total()}}; }
    std::vector<TextBox> boxes() const { return text_boxes(map(), pixels.cols, pixels.rows); }

    cv::Mat pixels;
};

double overlap(const Quad& quad, const cv::RotatedRect& with) {
    std::vector<cv::Point2f> a, b(4), both;
    for (const auto& corner : quad) a.emplace_back(corner.x, corner.y);
    with.points(b.data());
    double shared = cv::intersectConvexConvex(a, b, both);
    return shared / (cv::contourArea(a) + cv::contourArea(b) - shared);
}

// The box that a core stands for: its sides moved outward by area x 1.6 / perimeter.
cv::RotatedRect unclipped(cv::RotatedRect core) {
    float out = core.size.area() * 1.6f / (2 * (core.size.width + core.size.height));
    core.size += cv::Size2f(2 * out, 2 * out);
    return core;
}

TEST(TextBoxes, Lines_at_any_angle_are_found_with_the_room_the_network_left_out) {
    for (float angle : {0.f, 7.f, -20.f, 33.f, 45.f, 60.f, 90.f}) {
        DrawnMap drawn(400, 400);
        auto core = drawn.put({200, 200}, {160, 18}, angle);
        auto boxes = drawn.boxes();
        ASSERT_EQ(boxes.size(), 1u) << angle;
        EXPECT_GE(overlap(boxes[0].quad, unclipped(core)), 0.85) << angle;
        // A row of ground around the eighteen of the core lowers the mean, more so where the line is aslant.
        EXPECT_GT(boxes[0].score, 0.9f * 0.8f) << angle;
        EXPECT_LE(boxes[0].score, 0.9f) << angle;
    }
}

TEST(TextBoxes, Corners_start_at_the_top_left_and_run_clockwise) {
    DrawnMap drawn(300, 200);
    drawn.put({150, 100}, {120, 16}, 10);
    auto quad = drawn.boxes().at(0).quad;
    EXPECT_LT(quad[0].x, quad[1].x);
    EXPECT_LT(quad[0].y, quad[3].y);
    EXPECT_LT(quad[0].y, quad[1].y);  // turned clockwise by ten degrees, so the right end is lower
    EXPECT_GT(width_of(quad), 3 * height_of(quad));
}

TEST(TextBoxes, Boxes_are_scaled_to_the_picture_and_stay_inside_it) {
    DrawnMap drawn(320, 320);
    drawn.put({160, 160}, {300, 20}, 0);
    auto boxes = text_boxes(drawn.map(), 640, 960);
    ASSERT_EQ(boxes.size(), 1u);
    for (const auto& corner : boxes[0].quad) {
        EXPECT_GE(corner.x, 0);
        EXPECT_LE(corner.x, 639);
        EXPECT_NEAR(corner.y, 480, 3 * 30);
    }
    EXPECT_EQ(boxes[0].quad[0].x, 0);  // the room around it would reach beyond the edge
}

TEST(TextBoxes, What_is_unsure_or_tiny_is_no_text) {
    DrawnMap unsure(200, 200);
    unsure.put({100, 100}, {120, 16}, 0, 0.45f);
    EXPECT_TRUE(unsure.boxes().empty());
    DrawnMap tiny(200, 200);
    tiny.put({100, 100}, {1, 1}, 0);
    EXPECT_TRUE(tiny.boxes().empty());
    EXPECT_TRUE(DrawnMap(64, 64).boxes().empty());
}

TEST(TextBoxes, Lines_read_from_top_to_bottom_and_left_to_right_within_a_row) {
    auto at = [](float x, float y) { return TextBox{{{{x, y}, {x + 50, y}, {x + 50, y + 20}, {x, y + 20}}}, 1}; };
    std::vector<TextBox> boxes{at(300, 104), at(10, 200), at(10, 100), at(150, 109)};
    sort_as_read(boxes);
    std::vector<std::pair<float, float>> order;
    for (const auto& box : boxes) order.emplace_back(box.quad[0].x, box.quad[0].y);
    EXPECT_EQ(order, (std::vector<std::pair<float, float>>{{10, 100}, {150, 109}, {300, 104}, {10, 200}}));
}

// --- maps that no photo gives ------------------------------------------------------------------------------------------

TEST(TextBoxes, A_map_full_of_text_is_one_box_of_the_picture) {
    auto boxes = DrawnMap(96, 64, 1).boxes();
    ASSERT_EQ(boxes.size(), 1u);
    EXPECT_EQ(width_of(boxes[0].quad), 95);
    EXPECT_EQ(height_of(boxes[0].quad), 63);
}

TEST(TextBoxes, Values_that_are_no_numbers_are_no_text) {
    EXPECT_TRUE(DrawnMap(64, 64, std::numeric_limits<float>::quiet_NaN()).boxes().empty());
    DrawnMap holed(200, 200);
    holed.put({100, 100}, {120, 20}, 0);
    holed.pixels.at<float>(100, 100) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(holed.boxes().empty());
    for (const auto& box : DrawnMap(64, 64, std::numeric_limits<float>::infinity()).boxes()) EXPECT_LE(width_of(box.quad), 63);
}

TEST(TextBoxes, No_map_gives_more_boxes_than_asked_for) {
    DrawnMap speckled(1280, 960);
    for (int y = 4; y < 960; y += 8)
        for (int x = 4; x < 1280; x += 8) speckled.put({static_cast<float>(x), static_cast<float>(y)}, {4, 4}, 0);
    EXPECT_LE(speckled.boxes().size(), 1000u);
    EXPECT_LE(text_boxes(speckled.map(), 1280, 960, {.contours_max = 10}).size(), 10u);
}

TEST(TextBoxes, A_map_of_another_size_than_it_says_is_refused) {
    std::vector<float> values(99, 1.0f);
    EXPECT_TRUE(text_boxes({10, 10, values}, 100, 100).empty());
    EXPECT_TRUE(text_boxes({0, 0, {}}, 100, 100).empty());
    EXPECT_TRUE(text_boxes({-1, -99, values}, 100, 100).empty());
    EXPECT_TRUE(text_boxes({11, 9, values}, 0, 100).empty());
}

}  // namespace
}  // namespace vitrine::vision
