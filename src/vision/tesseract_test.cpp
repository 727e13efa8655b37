#include "vision/tesseract.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "store/temporary.hpp"
#include "vision/eyes.hpp"
#include "vision/findings.hpp"
#include "vision/findings_store.hpp"
#include "vision/pack_for_tests.hpp"
#include "vision/seen.hpp"

namespace vitrine::vision {
namespace {

const std::filesystem::path repository = VITRINE_SOURCE;
constexpr std::chrono::minutes patient{10};  // a test machine may stand still for a while

// Skips, in words, where Debian's tesseract-ocr is not installed.
struct TesseractTest : testing::Test {
    static inline std::optional<Result<Tesseract>> found;
    static void SetUpTestSuite() { found = Tesseract::find({.time_max = patient}); }
    static void TearDownTestSuite() { found.reset(); }
    void SetUp() override {
        if (!*found) GTEST_SKIP() << found->error().message;
    }

    static Text read(Task& task, const photo::Decoded& photo) {
        Seen seen;
        const auto value = task.run(photo, seen);
        if (!value) throw std::runtime_error(value.error().message);
        return json::read<Text>(*value).value();
    }
    static std::vector<std::string> words(const Text& text) {
        std::vector<std::string> words;
        for (const auto& line : text.lines) words.push_back(line.text);
        return words;
    }

    const photo::Decoded label = test_photo(repository / "samples" / "labels" / "label_000.jpg");
    std::unique_ptr<Task> task = *found ? make_text_by_tesseract(**found, "The pack is away.") : nullptr;
};

TEST_F(TesseractTest, A_drawn_label_is_read_line_by_line) {
    const auto text = read(*task, label);
    const auto lines = words(text);
    for (const auto* line : {"Napapijri", "EUR XL", "USA XL", "MADE IN CAMBODIA"})
        EXPECT_NE(std::ranges::find(lines, line), lines.end()) << line << " is not among " << testing::PrintToString(lines);
    for (const auto& line : text.lines) {
        EXPECT_TRUE(line.confidence >= 0.5 && line.confidence <= 1) << line.text;
        ASSERT_EQ(line.box.size(), 4u);
        ASSERT_EQ(line.quad.size(), 8u);
        EXPECT_LE(line.box[0] + line.box[2], label.header.width);
        EXPECT_LE(line.box[1] + line.box[3], label.header.height);
    }
}

TEST_F(TesseractTest, Boxes_are_in_pixels_of_the_upright_original) {
    auto shrunk = label;
    shrunk.header.width *= 3;  // as if the decoder had shrunk a photo three times as large
    shrunk.header.height *= 3;
    const auto here = read(*task, label).lines.at(0), there = read(*task, shrunk).lines.at(0);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(there.box[i], 3 * here.box[i], 1e-6);
}

TEST_F(TesseractTest, It_is_a_version_of_its_own_that_leaves_the_better_readers_findings) {
    EXPECT_TRUE(task->version().starts_with("tesseract ")) << task->version();
    EXPECT_TRUE(task->stands(task->version()));
    EXPECT_TRUE(task->stands("text_detect 3.10.0 1, text_turn 3.10.0 1, text_read 3.10.0 1/3"));
    EXPECT_FALSE(task->stands("tesseract 1.0 (eng)/1"));
    EXPECT_TRUE(task->remark().starts_with("The pack is away. ")) << task->remark();
}

TEST_F(TesseractTest, Pictures_of_any_shape_are_looked_at) {
    for (auto [width, height] : {std::pair{1, 1}, {3, 2000}, {2000, 3}, {31, 33}}) {
        photo::Decoded photo;
        photo.header.width = width, photo.header.height = height;
        photo.largest = photo.working = photo::blank(width, height);
        std::ranges::fill(photo.largest.rgb, std::uint8_t{128});
        Seen seen;
        const auto value = task->run(photo, seen);
        EXPECT_TRUE(!value || json::read<Text>(*value)->lines.empty()) << width << " x " << height;
    }
}

TEST_F(TesseractTest, Without_the_packs_reader_it_reads_and_says_so) {
    store::TemporaryFolder folder;
    Metrics metrics;
    const auto eyes = Eyes::open({.models = folder / "none", .cache = folder / "cache"}, test_heads(repository), metrics);
    const auto parts = eyes->parts();
    const auto text = std::ranges::find(parts, "text", &Part::task);
    ASSERT_NE(text, parts.end());
    EXPECT_TRUE(text->ready);
    EXPECT_NE(text->problem.find("vitrine models pull"), std::string::npos) << text->problem;
    EXPECT_NE(text->problem.find("Tesseract"), std::string::npos) << text->problem;

    store::TemporaryDatabase database{{migrations()}};
    const auto workspace = WorkspaceId::make();
    const auto photo = photo::PhotoId::make();
    const auto findings = eyes->look(label, workspace, photo, *database).value();
    ASSERT_TRUE(findings.text);
    EXPECT_FALSE(findings.text->lines.empty());
    const auto stored = database->read([&](store::Transaction& tx) { return stored_findings(tx, workspace, photo); }).value();
    EXPECT_TRUE(stored.at("text").version.starts_with("tesseract ")) << stored.at("text").version;
}

TEST_F(TesseractTest, A_command_that_wants_no_models_starts_no_program) {
    Metrics metrics;
    const auto eyes = Eyes::open({}, {}, metrics);
    for (const auto& part : eyes->parts()) EXPECT_TRUE(part.task != "text" || !part.ready);
}

// --- programs that are not what they should be ---------------------------------------------------------------------

struct FalseTesseract : testing::Test {
    store::TemporaryFolder folder;
    Result<Tesseract> find(std::string_view script) {
        const auto program = folder / "tesseract";
        std::ofstream(program) << "#!/bin/sh\n" << script;
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        return Tesseract::find({.program = program, .time_max = patient});
    }
};

TEST_F(FalseTesseract, One_without_a_language_is_not_taken) {
    const auto found = find("echo 'List of available languages (1):'; echo osd");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, "vision.tesseract_broken");
    EXPECT_NE(found.error().message.find("tesseract-ocr-eng"), std::string::npos) << found.error().message;
}

TEST_F(FalseTesseract, One_that_cannot_read_is_not_taken) {
    const auto found = find("case $1 in --version) echo tesseract 9.9;; --list-langs) echo eng; echo ita;; *) exit 1;; esac");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, "vision.tesseract_broken");
}

TEST_F(FalseTesseract, The_languages_of_labels_that_are_installed_are_part_of_the_version) {
    const auto found = find("case $1 in --version) echo tesseract 9.9;; --list-langs) echo ita; echo jpn; echo eng;; esac");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->version(), "9.9 (eng+ita)");
}

TEST_F(FalseTesseract, One_that_fails_on_a_photo_leaves_the_photo_unread) {
    auto found = find(
        "case $1 in --version) echo tesseract 9.9;; --list-langs) echo eng;; *) read x; read size; "
        "[ \"$size\" = '200 60' ];; esac");
    ASSERT_TRUE(found) << found.error().message;
    const auto read = found->read(photo::blank(30, 30));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "vision.tesseract_failed");
}

}  // namespace
}  // namespace vitrine::vision
