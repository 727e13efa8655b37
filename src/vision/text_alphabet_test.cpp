#include "vision/text_alphabet.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace vitrine::vision {
namespace {

const Alphabet letters{"", "A", "B", "é", " "};

// One row a step: this class has this probability, the rest is shared.
std::vector<float> steps(std::initializer_list<std::pair<std::size_t, float>> best) {
    std::vector<float> scores;
    for (auto [letter, probability] : best)
        for (std::size_t i = 0; i < letters.size(); ++i) scores.push_back(i == letter ? probability : (1 - probability) / 4);
    return scores;
}

TEST(ReadSteps, A_letter_is_written_once_however_long_it_lasts) {
    auto reading = read_steps(steps({{0, 1}, {1, 0.9f}, {1, 0.8f}, {0, 1}, {3, 0.7f}, {3, 0.9f}}), letters);
    EXPECT_EQ(reading.text, "Aé");
    EXPECT_NEAR(reading.confidence, (0.9 + 0.7) / 2, 1e-6);
}

TEST(ReadSteps, The_blank_between_two_of_the_same_keeps_both) {
    EXPECT_EQ(read_steps(steps({{2, 1}, {0, 1}, {2, 1}, {4, 1}, {2, 1}}), letters).text, "BB B");
}

TEST(ReadSteps, The_best_letter_wins_also_below_one_half) {
    EXPECT_EQ(read_steps(steps({{1, 0.3f}, {2, 0.4f}}), letters).text, "AB");
}

TEST(ReadSteps, Neither_the_blank_nor_the_letter_before_wins_by_less_than_another) {
    auto scores = steps({{1, 0.9f}});
    for (float probability : {0.01f, 0.45f, 0.48f, 0.03f, 0.03f}) scores.push_back(probability);
    for (float probability : {0.49f, 0.0f, 0.0f, 0.51f, 0.0f}) scores.push_back(probability);
    EXPECT_EQ(read_steps(scores, letters).text, "ABé");
}

TEST(ReadSteps, Nothing_but_blanks_is_no_text_and_no_confidence) {
    auto reading = read_steps(steps({{0, 1}, {0, 1}}), letters);
    EXPECT_EQ(reading.text, "");
    EXPECT_EQ(reading.confidence, 0);
    EXPECT_EQ(read_steps({}, letters).text, "");
    EXPECT_EQ(read_steps(std::vector<float>(3, 1.0f), letters).text, "");  // less than a step
    EXPECT_EQ(read_steps(std::vector<float>(3, 1.0f), {}).text, "");
}

// --- the letters of a file -----------------------------------------------------------------------------------------------

std::string field(int number, const std::string& bytes) {
    std::string out(1, static_cast<char>(number << 3 | 2));
    for (std::size_t rest = bytes.size();; rest >>= 7) {
        out += static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
        if (rest <= 0x7f) break;
    }
    return out + bytes;
}

struct AlphabetFile : testing::Test {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("vitrine_alphabet_" + std::to_string(getpid()) + ".onnx");
    ~AlphabetFile() override { std::filesystem::remove(path); }
    Result<Alphabet> read(const std::string& bytes) {
        std::ofstream(path, std::ios::binary) << bytes;
        return read_alphabet(path);
    }
    // An ONNX model as far as this reader cares: a version, the weights, metadata.
    std::string model(const std::string& key, const std::string& value) {
        std::string version = {'\x08', '\x08'};
        return version + field(7, std::string(300, 'w')) + field(14, field(1, "author") + field(2, "x")) +
               field(14, field(1, key) + field(2, value));
    }
};

TEST_F(AlphabetFile, Has_the_blank_first_and_the_space_last) {
    EXPECT_EQ(read(model("character", "a\nß\n\n中")).value(), (Alphabet{"", "a", "ß", "", "中", " "}));
}

TEST_F(AlphabetFile, Without_letters_is_damaged_and_says_so) {
    EXPECT_EQ(read(model("characters", "a\nb")).error().code, "vision.model_damaged");
    EXPECT_EQ(read("").error().code, "vision.model_damaged");
    EXPECT_EQ(read(std::string(64, '\xff')).error().code, "vision.model_damaged");
    std::filesystem::remove(path);
    EXPECT_EQ(read_alphabet(path).error().code, "vision.model_missing");
}

TEST_F(AlphabetFile, Cut_anywhere_is_damaged_or_whole_and_never_worse) {
    const auto whole = model("character", "a\nb\nc");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        auto cut = read(whole.substr(0, length));
        ASSERT_FALSE(cut) << length;
        EXPECT_EQ(cut.error().code, "vision.model_damaged");
    }
    EXPECT_TRUE(read(whole));
}

}  // namespace
}  // namespace vitrine::vision
