#include "vision/text.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "vision/findings.hpp"
#include "vision/pack_for_tests.hpp"
#include "vision/seen.hpp"

namespace vitrine::vision {
namespace {

// The models of the pack, loaded once: that takes longer than all the reading.
struct TextTest : testing::Test {
    static inline std::unique_ptr<Metrics> metrics;
    static inline std::unique_ptr<Opening> opening;
    static inline std::unique_ptr<Task> text;
    static void SetUpTestSuite() {
        metrics = std::make_unique<Metrics>();
        opening = std::make_unique<Opening>(test_pack(), RuntimeOptions{.cache = test_cache()}, std::span<const EmbeddedFile>{}, *metrics);
        text = make_text(*opening).value();
    }
    static void TearDownTestSuite() {
        text.reset();
        opening.reset();
        metrics.reset();
    }

    // NEW LOOK, EU 38, UK 10, 98% COTTON on a white label that hangs a little askew, drawn.
    const photo::Decoded label = test_photo(std::filesystem::path(VITRINE_TESTDATA) / "label.png");

    static Text read(const photo::Decoded& photo, Task& task = *text) {
        Seen seen;
        return json::read<Text>(task.run(photo, seen).value()).value();
    }
    static std::vector<std::string> words(const Text& text) {
        std::vector<std::string> words;
        for (const auto& line : text.lines) words.push_back(line.text);
        return words;
    }
};

const std::vector<std::string> written{"NEW LOOK", "EU 38", "UK 10", "98% COTTON"};

photo::Decoded of_pixels(photo::Picture picture) {
    photo::Decoded photo;
    photo.header.width = picture.width;
    photo.header.height = picture.height;
    photo.largest = picture;
    photo.working = std::move(picture);
    return photo;
}

photo::Decoded plain(int width, int height) {
    return of_pixels({width, height, photo::Pixels(static_cast<std::size_t>(width * height * 3), 128)});
}

TEST_F(TextTest, A_label_is_read_line_by_line_from_the_top) {
    auto found = read(label);
    EXPECT_EQ(words(found), written);
    EXPECT_EQ(found.boxes_found, 4);
    EXPECT_EQ(found.boxes_skipped, 0);
    for (const auto& line : found.lines) {
        EXPECT_GE(line.confidence, 0.8) << line.text;
        ASSERT_EQ(line.quad.size(), 8u);
        ASSERT_EQ(line.box.size(), 4u);
        EXPECT_GT(line.quad[3], line.quad[1]) << "the label hangs lower on the right";
    }
}

TEST_F(TextTest, Boxes_are_in_pixels_of_the_upright_original) {
    auto small = label;
    small.header.width *= 3;  // as if the decoder had shrunk a photo three times as large
    small.header.height *= 3;
    auto here = read(label).lines.at(0), there = read(small).lines.at(0);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(there.box[i], 3 * here.box[i], 1e-6);
}

TEST_F(TextTest, A_label_on_its_head_says_the_same) {
    auto turned = label.working;
    turn_around(turned);
    auto found = words(read(of_pixels(turned)));
    std::ranges::reverse(found);  // the last line is on top now
    EXPECT_EQ(found, written);
}

TEST_F(TextTest, Small_lines_are_cut_from_the_largest_picture) {
    auto photo = label;
    photo.working = bilinear(label.working, label.working.width / 2, label.working.height / 2);
    EXPECT_EQ(words(read(photo)), written);
}

TEST_F(TextTest, A_photo_without_text_ends_at_the_glance) {
    auto& ended = metrics->counter("vitrine_text_photos_total", "", {{"end", "glance"}});
    auto before = ended.Value();
    auto found = read(plain(400, 533));
    EXPECT_EQ(found.boxes_found, 0);
    EXPECT_TRUE(found.lines.empty());
    EXPECT_EQ(ended.Value(), before + 1);
}

TEST_F(TextTest, What_the_gate_leaves_out_is_counted) {
    TextOptions options;
    options.gate.lines_max = 1;
    auto narrow = make_text(*opening, options).value();
    auto& beyond = metrics->counter("vitrine_text_boxes_total", "", {{"gate", "beyond"}});
    auto before = beyond.Value();
    auto found = read(label, *narrow);
    EXPECT_EQ(words(found), std::vector<std::string>{"NEW LOOK"});
    EXPECT_EQ(found.boxes_skipped, 3);
    EXPECT_EQ(beyond.Value(), before + 3);
}

TEST_F(TextTest, Pictures_of_any_shape_are_looked_at) {
    for (auto [width, height] : {std::pair{1, 1}, {3, 2000}, {2000, 3}, {31, 33}, {1280, 60}})
        EXPECT_TRUE(read(plain(width, height)).lines.empty()) << width << " x " << height;
}

TEST_F(TextTest, Several_photos_at_once_read_as_one_after_the_other) {
    const auto alone = json::write(read(label));
    std::vector<json::Value> together(3);
    {
        std::vector<std::jthread> threads;
        for (auto& found : together) threads.emplace_back([&] { found = json::write(read(label)); });
    }
    for (const auto& found : together) EXPECT_EQ(found, alone);
}

TEST_F(TextTest, A_stage_says_how_long_it_took) {
    Seen seen;
    ASSERT_TRUE(text->run(label, seen));
    for (auto stage : {"text.glance", "text.detect", "text.read"}) EXPECT_TRUE(seen.ms().contains(stage)) << stage;
}

TEST(TextOpening, Without_the_pack_says_what_to_do) {
    Metrics metrics;
    Opening opening("/nowhere", {}, {}, metrics);
    auto missing = make_text(opening);
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().message.find("vitrine models pull"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::vision
