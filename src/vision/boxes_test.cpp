#include "vision/boxes.hpp"

#include <gtest/gtest.h>

namespace vitrine::vision {
namespace {

Candidate square_at(double left, double score, int label = 0) {
    return {score, label, left, 0, left + 10, 10};
}

TEST(Overlap, Is_what_both_share_over_what_either_covers) {
    EXPECT_DOUBLE_EQ(overlap(square_at(0, 1), square_at(5, 1)), 50.0 / 150);
    EXPECT_DOUBLE_EQ(overlap(square_at(0, 1), square_at(0, 1)), 1);
    EXPECT_DOUBLE_EQ(overlap(square_at(0, 1), square_at(10, 1)), 0);  // they only touch
    EXPECT_DOUBLE_EQ(overlap({1, 0, 0, 0, 20, 20}, {1, 0, 5, 5, 15, 15}), 100.0 / 400);
}

TEST(Overlap, Of_boxes_without_area_is_none) {
    EXPECT_DOUBLE_EQ(overlap({1, 0, 3, 3, 3, 3}, {1, 0, 3, 3, 3, 3}), 0);
    EXPECT_DOUBLE_EQ(overlap({1, 0, 9, 9, 1, 1}, {1, 0, 0, 0, 10, 10}), 0);  // inside out
}

TEST(KeepBest, Of_those_that_overlap_only_the_surest_stays) {
    auto kept = keep_best({square_at(1, 0.6), square_at(0, 0.9), square_at(30, 0.5)}, 0.5);
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_DOUBLE_EQ(kept[0].score, 0.9);
    EXPECT_DOUBLE_EQ(kept[0].left, 0);  // where it was: nothing pulls it
    EXPECT_DOUBLE_EQ(kept[1].left, 30);
}

TEST(KeepBest, Another_label_in_the_same_place_stays) {
    EXPECT_EQ(keep_best({square_at(0, 0.9, 1), square_at(0, 0.8, 2)}, 0.5).size(), 2u);
}

TEST(KeepBest, What_was_dropped_drops_nothing) {
    // Each overlaps the next by half its width; the middle one goes, and the last is far enough from the first.
    auto kept = keep_best({square_at(0, 0.9), square_at(5, 0.8), square_at(10, 0.7)}, 0.3);
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_DOUBLE_EQ(kept[1].left, 10);
}

TEST(MergeClose, The_kept_box_is_the_mean_by_score_and_keeps_the_best_score) {
    auto merged = merge_close({square_at(4, 0.2), square_at(0, 0.6)}, 0.3);
    ASSERT_EQ(merged.size(), 1u);
    EXPECT_DOUBLE_EQ(merged[0].score, 0.6);
    EXPECT_DOUBLE_EQ(merged[0].left, 1);  // (0.6 x 0 + 0.2 x 4) / 0.8
    EXPECT_DOUBLE_EQ(merged[0].right, 11);
    EXPECT_DOUBLE_EQ(merged[0].bottom, 10);
}

TEST(MergeClose, What_is_apart_or_of_another_label_is_not_pulled) {
    auto merged = merge_close({square_at(0, 0.9), square_at(50, 0.8), square_at(0, 0.7, 1)}, 0.3);
    ASSERT_EQ(merged.size(), 3u);
    EXPECT_DOUBLE_EQ(merged[0].left, 0);
    EXPECT_DOUBLE_EQ(merged[1].left, 50);
    EXPECT_TRUE(merge_close({}, 0.3).empty());
}

photo::Picture white(int width, int height) {
    auto picture = photo::blank(width, height);
    std::ranges::fill(picture.rgb, std::uint8_t{255});
    return picture;
}

TEST(FitSquare, A_wide_picture_lies_between_two_black_bars) {
    auto fitted = fit_square(white(200, 100), 100);
    EXPECT_DOUBLE_EQ(fitted.scale, 0.5);
    EXPECT_EQ(fitted.left, 0);
    EXPECT_EQ(fitted.top, 25);
    for (int y = 0; y < 100; ++y) EXPECT_EQ(fitted.square.row(y)[0], y >= 25 && y < 75 ? 255 : 0) << y;
}

TEST(FitSquare, A_small_picture_grows_and_a_ribbon_keeps_a_pixel) {
    auto grown = fit_square(white(20, 10), 100);
    EXPECT_DOUBLE_EQ(grown.scale, 5);
    EXPECT_EQ(grown.top, 25);
    auto ribbon = fit_square(white(4000, 3), 100);
    EXPECT_EQ(ribbon.square.row(ribbon.top)[0], 255);
}

TEST(InOriginal, Undoes_the_fitting_and_the_decoder_s_shrinking) {
    photo::Decoded photo;
    photo.header.width = 400, photo.header.height = 200;
    photo.working = white(200, 100);
    const auto fitted = fit_square(photo.working, 100);  // 25 pixels of black above and below
    auto found = in_original({0.9, 3, 25, 50, 75, 75}, fitted, photo);
    EXPECT_DOUBLE_EQ(found.left, 100);
    EXPECT_DOUBLE_EQ(found.right, 300);
    EXPECT_DOUBLE_EQ(found.top, 100);
    EXPECT_DOUBLE_EQ(found.bottom, 200);
    EXPECT_EQ(found.label, 3);
}

TEST(InOriginal, What_reaches_beyond_the_photo_is_cut_at_its_border) {
    photo::Decoded photo;
    photo.header.width = 400, photo.header.height = 200;
    photo.working = white(200, 100);
    auto found = in_original({0.9, 0, -10, 0, 120, 100}, fit_square(photo.working, 100), photo);
    EXPECT_EQ(box_of(found), (Box{0, 0, 400, 200}));
}

TEST(BoxOf, Says_corner_and_size_to_a_tenth) {
    EXPECT_EQ(box_of({1, 0, 1.04, 2.06, 11.06, 5.0}), (Box{1.0, 2.1, 10.0, 2.9}));
}

}  // namespace
}  // namespace vitrine::vision
