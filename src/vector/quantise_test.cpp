#include "vector/quantise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "vector/kernels.hpp"

namespace vitrine::vector {
namespace {

TEST(Quantise, TheScoreByBytesIsNeverFurtherOffThanTheBound) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (std::size_t width : {1, 3, 32, 100, 768}) {
        double worst = 0;
        for (int round = 0; round < 400; ++round) {
            std::vector<float> row(width), query(width);
            for (auto& one : row) one = normal(random);
            for (auto& one : query) one = normal(random);
            if (round % 4 == 1) row[0] = 50;  // one number takes all the levels
            std::vector<std::int8_t> levels(padded(width));
            const auto quantised = quantise_row(row, levels);
            if (round % 4 == 2)  // the query that the row's own error misleads most
                for (std::size_t i = 0; i < width; ++i) query[i] = (row[i] - quantised.scale * levels[i]) * 1e3f;
            const auto asked = quantise_query(query);
            double exact = 0, by_levels = 0;
            for (std::size_t i = 0; i < width; ++i) {
                exact += static_cast<double>(row[i]) * query[i];
                by_levels += static_cast<double>(levels[i]) * asked.levels[i];
            }
            const double off = std::fabs(exact - by_levels * quantised.scale * asked.scale);
            const double bound = static_cast<double>(asked.norm) * quantised.lost + static_cast<double>(asked.lost) * quantised.kept;
            EXPECT_LE(off, bound * (1 + 1e-9)) << "width " << width << ", round " << round;
            if (bound > 0) worst = std::max(worst, off / bound);
        }
        EXPECT_GT(worst, 0.5) << "the bound is far too wide";
    }
}

TEST(Quantise, LevelsStayWithinTheirBoundsAndThePaddingIsZero) {
    for (float size : {1e-45f, 1e-30f, 1.0f, 0.1f, 1e15f}) {
        const std::vector<float> row{size, -size, size / 3, 0};
        std::vector<std::int8_t> levels(32, 99);
        quantise_row(row, levels);
        for (std::size_t i = 0; i < levels.size(); ++i) {
            EXPECT_GE(levels[i], -127);
            if (i >= row.size()) {
                EXPECT_EQ(levels[i], 0);
            }
        }
        for (auto level : quantise_query(row).levels) EXPECT_LE(std::abs(level), query_level_max);
    }
}

TEST(Quantise, ARowOfZerosHasNoScale) {
    const std::vector<float> row(5);
    std::vector<std::int8_t> levels(32, 1);
    const auto quantised = quantise_row(row, levels);
    EXPECT_EQ(quantised.scale, 0);
    EXPECT_EQ(levels, std::vector<std::int8_t>(32, 0));
}

}  // namespace
}  // namespace vitrine::vector
