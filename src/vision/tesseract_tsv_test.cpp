#include "vision/tesseract_tsv.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "core/utf8.hpp"

namespace vitrine::vision {
namespace {

constexpr int width = 640, height = 480;

std::vector<TesseractLine> read(std::string_view table, const TesseractBounds& bounds = {}) {
    return read_tesseract_table(table, width, height, bounds);
}

std::string word(int line, std::string_view place, std::string_view confidence, std::string_view text) {
    return fmt::format("5\t1\t1\t1\t{}\t1\t{}\t{}\t{}\n", line, place, confidence, text);
}

TEST(TesseractTable, Words_of_one_line_are_one_line) {
    const auto lines = read(
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
        "1\t1\t0\t0\t0\t0\t0\t0\t640\t480\t-1\t\n"
        "4\t1\t1\t1\t1\t0\t199\t128\t263\t60\t-1\t\n"
        "5\t1\t1\t1\t1\t1\t199\t128\t113\t43\t90\tNEW\n"
        "5\t1\t1\t1\t1\t2\t329\t142\t133\t46\t60\tLOOK\n"
        "5\t1\t2\t1\t1\t1\t271\t207\t45\t30\t96.5\tEU\n");
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].text, "NEW LOOK");
    EXPECT_NEAR(lines[0].confidence, (3 * 0.90 + 4 * 0.60) / 7, 1e-9);
    EXPECT_EQ((std::array{lines[0].x, lines[0].y, lines[0].width, lines[0].height}), (std::array{199, 128, 263, 60}));
    EXPECT_EQ(lines[1].text, "EU");
    EXPECT_NEAR(lines[1].confidence, 0.965, 1e-9);
}

TEST(TesseractTable, The_last_row_needs_no_end) {
    auto table = word(1, "1\t2\t3\t4", "80", "XL");
    table.pop_back();
    ASSERT_EQ(read(table).size(), 1u);
}

TEST(TesseractTable, A_box_stays_inside_the_picture) {
    const auto lines = read(word(1, "600\t470\t2000000000\t2000000000", "80", "XL"));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].width, 40);
    EXPECT_EQ(lines[0].height, 10);
}

TEST(TesseractTable, What_is_no_word_is_left_out) {
    for (const auto& row : {
             word(1, "-1\t2\t3\t4", "80", "XL"),
             word(1, "640\t2\t3\t4", "80", "XL"),
             word(1, "1\t2\t0\t4", "80", "XL"),
             word(1, "1\t2\t3\t99999999999999999999", "80", "XL"),
             word(1, "1\t2\t3\t4.5", "80", "XL"),
             word(1, "1\t2\t3", "80", "XL"),
             word(1, "1\t2\t3\t4", "-1", "XL"),
             word(1, "1\t2\t3\t4", "100.1", "XL"),
             word(1, "1\t2\t3\t4", "nan", "XL"),
             word(1, "1\t2\t3\t4", "inf", "XL"),
             word(1, "1\t2\t3\t4", "", "XL"),
             word(1, "1\t2\t3\t4", "80", ""),
             word(1, "1\t2\t3\t4", "80", "   "),
             word(1, "1\t2\t3\t4", "80", "X\tL"),
             word(1, "1\t2\t3\t4", "80", "X\x1b[2J"),
             word(1, "1\t2\t3\t4", "80", "X\xff"),
             word(1, "1\t2\t3\t4", "80", std::string_view("X\0L", 3)),
             word(1, "1\t2\t3\t4", "80", "\xed\xa0\x80"),
             std::string("5\n"),
             std::string("\t\t\t\t\t\t\t\t\t\t\t\n"),
             std::string("5\t1"),
         })
        EXPECT_TRUE(read(row).empty()) << row;
}

TEST(TesseractTable, A_row_that_is_none_takes_no_other_with_it) {
    const auto lines = read(word(1, "1\t2\t3\t4", "80", "EU") + "rubbish\n" + word(1, "9\t2\t3\t4", "80", "38"));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].text, "EU 38");
}

TEST(TesseractTable, Lines_and_their_length_are_bounded) {
    std::string many, lengthy;
    for (int i = 0; i < 5'000; ++i) {
        many += word(i, "1\t2\t3\t4", "80", "XL");
        lengthy += word(1, "1\t2\t3\t4", "80", "COTTON");
    }
    EXPECT_EQ(read(many, {.lines_max = 7}).size(), 7u);
    const auto one = read(lengthy, {.line_bytes_max = 20});
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0].text, "COTTON COTTON COTTON");
    EXPECT_TRUE(read(word(1, "1\t2\t3\t4", "80", std::string(2'000, 'A'))).empty());
}

// A good table with bytes changed at random: whatever comes out keeps the header's word.
TEST(TesseractTable, Any_bytes_give_lines_inside_the_picture_or_none) {
    constexpr unsigned seed = 20261121;
    std::mt19937 random(seed);
    std::string good;
    for (int i = 0; i < 6; ++i) good += word(i / 2, fmt::format("{}\t{}\t40\t20", 10 * i, 30 * i), "91.25", "W\xc3\xb6rter");
    constexpr std::string_view favourites("\t\n\0-9e.5\xff", 9);
    for (int round = 0; round < 20'000; ++round) {
        auto bad = good;
        for (unsigned changes = 1 + random() % 8; changes > 0; --changes)
            bad[random() % bad.size()] = favourites[random() % favourites.size()];
        for (const auto& line : read(bad)) {
            ASSERT_TRUE(line.x >= 0 && line.y >= 0 && line.width > 0 && line.height > 0) << "seed " << seed << ", round " << round;
            ASSERT_TRUE(line.x + line.width <= width && line.y + line.height <= height) << "seed " << seed << ", round " << round;
            ASSERT_TRUE(line.confidence >= 0 && line.confidence <= 1) << "seed " << seed << ", round " << round;
            ASSERT_TRUE(!line.text.empty() && utf8::length(line.text)) << "seed " << seed << ", round " << round;
        }
    }
}

}  // namespace
}  // namespace vitrine::vision
