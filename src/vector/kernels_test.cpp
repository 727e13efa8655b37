#include "vector/kernels.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <iostream>
#include <random>

namespace vitrine::vector {
namespace {

constexpr std::size_t widths[] = {32, 64, 96, 384, 768, 800, 4096};

// Those that can be run here; what cannot is said once.
const std::vector<const Kernels*>& kernels_here() {
    static const std::vector<const Kernels*> here = [] {
        std::vector<const Kernels*> found;
        for (const Kernels* kernels : all_kernels()) {
            if (kernels->runs_here())
                found.push_back(kernels);
            else
                std::cout << "not run on this processor: the " << kernels->name << " kernels\n";
        }
        return found;
    }();
    return here;
}

TEST(Kernels, AllScoreBytesAlike) {
    std::mt19937 random(5);
    std::uniform_int_distribution<int> level(-127, 127), query_level(-query_level_max, query_level_max);
    for (std::size_t width : widths)
        for (std::size_t count : {0, 1, 2, 3, 8}) {
            std::vector<std::int8_t> rows(count * width);
            std::vector<std::int16_t> query(width);
            for (auto& one : rows) one = static_cast<std::int8_t>(level(random));
            for (auto& one : query) one = static_cast<std::int16_t>(query_level(random));
            std::vector<std::int32_t> expected(count);
            for (std::size_t i = 0; i < count; ++i)
                for (std::size_t j = 0; j < width; ++j) expected[i] += rows[i * width + j] * query[j];
            for (const Kernels* kernels : kernels_here()) {
                std::vector<std::int32_t> out(count, -1);
                kernels->score_rows(rows.data(), count, width, query.data(), out.data());
                EXPECT_EQ(out, expected) << kernels->name << ", width " << width << ", " << count << " rows";
            }
        }
}

TEST(Kernels, TheLargestSumsFit) {
    for (int sign : {-1, 1}) {
        const std::vector<std::int8_t> row(width_max, 127);
        const std::vector<std::int16_t> query(width_max, static_cast<std::int16_t>(sign * query_level_max));
        for (const Kernels* kernels : kernels_here()) {
            std::int32_t out = 0;
            kernels->score_rows(row.data(), 1, width_max, query.data(), &out);
            EXPECT_EQ(out, sign * 127 * query_level_max * static_cast<int>(width_max)) << kernels->name;
        }
    }
}

TEST(Kernels, AllTakeTheSameInnerProductToTheLastBit) {
    std::mt19937 random(6);
    std::normal_distribution<float> normal;
    for (std::size_t width : widths)
        for (int round = 0; round < 20; ++round) {
            std::vector<float> a(width), b(width);
            for (auto& one : a) one = normal(random) * std::exp2(normal(random) * 4);
            for (auto& one : b) one = normal(random);
            const float expected = portable_kernels.dot(a.data(), b.data(), width);
            double exact = 0, sizes = 0;
            for (std::size_t i = 0; i < width; ++i) {
                exact += static_cast<double>(a[i]) * b[i];
                sizes += std::fabs(static_cast<double>(a[i]) * b[i]);
            }
            EXPECT_NEAR(expected, exact, sizes * 1e-5);
            for (const Kernels* kernels : kernels_here())
                EXPECT_EQ(std::bit_cast<std::uint32_t>(kernels->dot(a.data(), b.data(), width)), std::bit_cast<std::uint32_t>(expected))
                    << kernels->name << ", width " << width;
        }
}

TEST(Kernels, AllScoreCodesAlikeTheLargestToo) {
    std::mt19937 random(7);
    for (std::size_t rank : {8, 32, 64})
        for (std::size_t groups : {0, 1, 3})
            for (bool largest : {false, true}) {
                std::vector<std::uint8_t> codes(groups * code_group * rank);
                std::vector<std::int8_t> query(rank);
                for (auto& one : codes) one = static_cast<std::uint8_t>(largest ? 255 : random() % 256);
                for (auto& one : query)
                    one = static_cast<std::int8_t>(largest ? code_query_max : static_cast<int>(random() % 127) - code_query_max);
                std::vector<std::int32_t> expected(groups * code_group);
                for (std::size_t i = 0; i < expected.size(); ++i)
                    for (std::size_t j = 0; j < rank; ++j) expected[i] += (codes[place_in_codes(i, j, rank)] - 128) * query[j];
                for (const Kernels* kernels : kernels_here()) {
                    std::vector<std::int32_t> out(expected.size(), -1);
                    kernels->score_codes(codes.data(), groups, rank, query.data(), out.data());
                    EXPECT_EQ(out, expected) << kernels->name << ", rank " << rank << ", " << groups << " groups";
                }
            }
}

TEST(Kernels, AllTakeTheSameProductsOfManyRowsToTheLastBit) {
    std::mt19937 random(8);
    std::normal_distribution<float> normal;
    for (std::size_t width : {8, 128, 800})
        for (std::size_t a_rows : {1, 4, 7})
            for (std::size_t b_rows : {1, 2, 67}) {
                std::vector<float> a(a_rows * width), b(b_rows * width), expected(a_rows * b_rows);
                for (auto& one : a) one = normal(random);
                for (auto& one : b) one = normal(random);
                portable_kernels.products(a.data(), a_rows, b.data(), b_rows, width, expected.data());
                double exact = 0;
                for (std::size_t l = 0; l < width; ++l)
                    exact += static_cast<double>(a[(a_rows - 1) * width + l]) * b[(b_rows - 1) * width + l];
                EXPECT_NEAR(expected.back(), exact, 1e-3);
                for (const Kernels* kernels : kernels_here()) {
                    std::vector<float> out(expected.size(), -1);
                    kernels->products(a.data(), a_rows, b.data(), b_rows, width, out.data());
                    EXPECT_EQ(out, expected) << kernels->name << ", " << a_rows << " x " << b_rows << " x " << width;
                }
            }
}

TEST(Kernels, AreForcedByName) {
    for (const Kernels* kernels : kernels_here()) EXPECT_EQ(*kernels_named(kernels->name), kernels);
    EXPECT_EQ(*kernels_named("auto"), kernels_here().front());
}

TEST(Kernels, ThatAreNotThereAreRefusedInWords) {
    const auto refused = kernels_named("sse9");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "vector.kernels");
    EXPECT_NE(refused.error().message.find("portable"), std::string::npos) << refused.error().message;
    for (const Kernels* kernels : all_kernels())
        if (!kernels->runs_here()) {
            EXPECT_EQ(kernels_named(kernels->name).error().code, "vector.kernels");
        }
}

}  // namespace
}  // namespace vitrine::vector
