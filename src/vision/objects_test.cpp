#include "vision/objects.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace vitrine::vision {
namespace {

constexpr std::size_t classes = 80, bins = 11;

// The finest grid: 52 x 52 cells of 8 pixels, nothing seen.
struct Grid8 : testing::Test {
    static constexpr std::size_t across = 52;
    std::vector<float> scores = std::vector<float>(across * across * classes, 0.01f);
    std::vector<float> distances = std::vector<float>(across * across * 4 * bins, 0.0f);

    // Something of this class whose sides are these many strides away from the cell's centre.
    void put(std::size_t cell, int label, float score, std::array<std::size_t, 4> sides) {
        scores[cell * classes + static_cast<std::size_t>(label)] = score;
        for (std::size_t side = 0; side < 4; ++side) distances[(cell * 4 + side) * bins + sides[side]] = 100;
    }
    std::vector<Candidate> found(double score_min = 0.4) const {
        std::vector<Candidate> candidates;
        decode_grid({{1, across * across, classes}, scores}, {{1, across * across, 4 * bins}, distances}, 8, score_min, candidates);
        return candidates;
    }
};

TEST_F(Grid8, A_box_reaches_from_the_centre_of_its_cell) {
    put(across + 2, 26, 0.75f, {1, 0, 2, 10});  // second row, third cell: its centre is at (20, 12)
    const auto candidates = found();
    ASSERT_EQ(candidates.size(), 1u);
    EXPECT_EQ(candidates[0].label, 26);
    EXPECT_NEAR(candidates[0].score, 0.75, 1e-6);
    EXPECT_NEAR(candidates[0].left, 20 - 8, 1e-6);
    EXPECT_NEAR(candidates[0].top, 12, 1e-6);
    EXPECT_NEAR(candidates[0].right, 20 + 16, 1e-6);
    EXPECT_NEAR(candidates[0].bottom, 12 + 80, 1e-6);
}

TEST_F(Grid8, An_unsure_side_is_the_mean_of_what_it_may_be) {
    put(0, 0, 0.9f, {0, 0, 0, 0});
    std::fill_n(distances.begin(), bins, 3.0f);       // left: as likely 0 as 10 strides, so 5
    distances[bins + 0] = distances[bins + 4] = 100;  // top: 0 or 4, so 2
    const auto candidates = found();
    ASSERT_EQ(candidates.size(), 1u);
    EXPECT_NEAR(candidates[0].left, 4 - 5 * 8, 1e-6);
    EXPECT_NEAR(candidates[0].top, 4 - 2 * 8, 1e-6);
}

TEST_F(Grid8, A_cell_proposes_its_best_class_alone_and_only_when_it_is_sure_enough) {
    put(7, 5, 0.5f, {1, 1, 1, 1});
    put(7, 9, 0.6f, {1, 1, 1, 1});
    put(9, 1, 0.39f, {1, 1, 1, 1});
    const auto candidates = found();
    ASSERT_EQ(candidates.size(), 1u);
    EXPECT_EQ(candidates[0].label, 9);
    EXPECT_EQ(found(0.3).size(), 2u);
}

TEST_F(Grid8, Grids_add_to_what_the_others_proposed) {
    put(0, 0, 0.9f, {1, 1, 1, 1});
    std::vector<Candidate> candidates{{0.5, 3, 0, 0, 1, 1}};
    decode_grid({{}, scores}, {{}, distances}, 8, 0.4, candidates);
    EXPECT_EQ(candidates.size(), 2u);
}

TEST(CocoNames, Are_eighty_different_ones_at_their_published_places) {
    const auto names = coco_names();
    EXPECT_EQ(names.size(), classes);
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), classes);
    EXPECT_EQ(names[0], "person");
    EXPECT_EQ(names[39], "bottle");
    EXPECT_EQ(names[79], "toothbrush");
}

}  // namespace
}  // namespace vitrine::vision
