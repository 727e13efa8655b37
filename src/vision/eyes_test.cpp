#include "vision/eyes.hpp"

#include <gtest/gtest.h>

#include "store/temporary.hpp"
#include "vision/findings_store.hpp"
#include "vision/pack_for_tests.hpp"

namespace vitrine::vision {
namespace {

const std::filesystem::path repository = VITRINE_SOURCE;
const auto shirt = repository / "models" / "heads" / "testdata" / "00003aeb-ace5-43bf-9a0c-dc31a03e9cd2.jpg";

// One pair of eyes for all tests: opening them takes longer than any look.
struct EyesTest : testing::Test {
    static inline std::unique_ptr<Metrics> metrics;
    static inline std::unique_ptr<Eyes> eyes;
    static void SetUpTestSuite() {
        metrics = std::make_unique<Metrics>();
        eyes = Eyes::open({.models = test_pack(), .cache = test_cache()}, test_heads(repository), *metrics);
    }
    static void TearDownTestSuite() {
        eyes.reset();
        metrics.reset();
    }

    store::TemporaryDatabase database{{migrations()}};
    WorkspaceId workspace = WorkspaceId::make();
    photo::PhotoId photo = photo::PhotoId::make();

    std::size_t rows() {
        return database->read([&](store::Transaction& tx) { return stored_findings(tx, workspace, photo); }).value().size();
    }
    void age(std::string_view task) {  // as if an earlier program had found it
        auto done = database->write([&](store::Transaction& tx) -> Result<void> {
            auto found = TRY(stored_findings(tx, workspace, photo)).at(std::string(task));
            return keep_finding(tx, workspace, photo, task, {"an older version", found.value}, Time{});
        });
        ASSERT_TRUE(done);
    }
};

TEST_F(EyesTest, Every_part_is_ready) {
    for (const auto& part : eyes->parts()) EXPECT_TRUE(part.ready) << part.task << ": " << part.problem;
    EXPECT_TRUE(eyes->ready());
}

TEST_F(EyesTest, A_shirt_is_clothing) {
    const auto findings = eyes->look(test_photo(shirt)).value();
    EXPECT_TRUE(findings.failed.empty()) << findings.failed.begin()->second;
    ASSERT_TRUE(findings.kinds);
    EXPECT_EQ(findings.kinds->kind.value, "clothing");
    EXPECT_EQ(findings.kinds->category.top.at(0).name, "T-Shirt");
    ASSERT_TRUE(findings.embedding);
    EXPECT_EQ(findings.embedding->vector.size(), 1280u);
    for (const auto& part : eyes->parts()) EXPECT_TRUE(findings.ms.contains(part.task)) << part.task;
}

TEST_F(EyesTest, What_was_found_before_is_not_computed_again) {
    const auto decoded = test_photo(shirt);
    const auto first = eyes->look(decoded, workspace, photo, *database).value();
    EXPECT_EQ(rows(), eyes->parts().size());
    const auto second = eyes->look(decoded, workspace, photo, *database).value();
    for (const auto& [stage, ms] : second.ms) EXPECT_EQ(ms, 0) << stage;
    EXPECT_EQ(second.embedding->vector, first.embedding->vector);
    EXPECT_EQ(second.kinds->category.value, first.kinds->category.value);
    EXPECT_NEAR(second.kinds->category.confidence, first.kinds->category.confidence, 1e-9);
}

TEST_F(EyesTest, A_new_version_recomputes_only_its_own_task) {
    const auto decoded = test_photo(shirt);
    ASSERT_TRUE(eyes->look(decoded, workspace, photo, *database));
    age("embedding");
    const auto again = eyes->look(decoded, workspace, photo, *database).value();
    EXPECT_GT(again.ms.at("embedding"), 0);
    EXPECT_EQ(again.ms.at("kinds"), 0);
    EXPECT_EQ(eyes->look(decoded, workspace, photo, *database).value().ms.at("embedding"), 0);
}

TEST_F(EyesTest, Another_workspace_finds_for_itself) {
    const auto decoded = test_photo(shirt);
    ASSERT_TRUE(eyes->look(decoded, workspace, photo, *database));
    EXPECT_GT(eyes->look(decoded, WorkspaceId::make(), photo, *database).value().ms.at("kinds"), 0);
}

TEST_F(EyesTest, Forgotten_findings_are_gone) {
    ASSERT_TRUE(eyes->look(test_photo(shirt), workspace, photo, *database));
    ASSERT_TRUE(database->write([&](store::Transaction& tx) { return forget_findings(tx, workspace, photo); }));
    EXPECT_EQ(rows(), 0u);
}

TEST_F(EyesTest, Only_the_tasks_asked_for_run) {
    const std::string_view tasks[] = {"embedding"};
    const auto findings = eyes->look_only(test_photo(shirt), tasks).value();
    EXPECT_TRUE(findings.embedding);
    EXPECT_FALSE(findings.kinds);
}

TEST_F(EyesTest, To_embed_is_to_look_for_the_embedding_alone) {
    const auto decoded = test_photo(shirt);
    const std::string_view tasks[] = {"embedding"};
    const auto looked = eyes->look_only(decoded, tasks).value().embedding->vector;
    EXPECT_EQ(eyes->embed(decoded, std::nullopt)->vector, looked);
    const auto part = eyes->embed(decoded, std::array{0.25, 0.25, 0.5, 0.5}).value().vector;
    ASSERT_EQ(part.size(), looked.size());
    EXPECT_NE(part, looked);
}

TEST_F(EyesTest, The_heads_tell_their_labels_and_thresholds) {
    EXPECT_EQ(eyes->labels("clothing").size(), 17u);
    EXPECT_EQ(eyes->labels("grocery").size(), 81u);
    EXPECT_TRUE(eyes->labels("furniture").empty());
    EXPECT_GT(eyes->threshold("clothing"), 0);
}

TEST(EyesWithoutPack, Open_says_what_to_do_and_look_leaves_out_what_cannot_be_found) {
    store::TemporaryFolder folder;
    Metrics metrics;
    const auto eyes = Eyes::open({.models = folder / "none", .cache = folder / "cache"}, test_heads(repository), metrics);
    EXPECT_FALSE(eyes->ready());
    const auto parts = eyes->parts();
    const auto kinds = std::ranges::find(parts, "kinds", &Part::task);
    ASSERT_NE(kinds, parts.end());
    EXPECT_FALSE(kinds->ready);
    EXPECT_NE(kinds->problem.find("vitrine models pull"), std::string::npos);
    const auto findings = eyes->look(test_photo(shirt)).value();
    EXPECT_FALSE(findings.kinds);
    EXPECT_EQ(findings.failed.at("kinds"), kinds->problem);
}

TEST(EyesWithoutPack, One_damaged_model_leaves_the_other_tasks_ready) {
    store::TemporaryFolder folder;
    std::filesystem::create_directories(folder / "models");
    for (const auto& entry : std::filesystem::directory_iterator(test_pack()))
        if (entry.is_regular_file()) {
            const auto copy = folder / "models" / entry.path().filename().string();
            std::filesystem::copy_file(entry.path(), copy);
            std::filesystem::last_write_time(copy, entry.last_write_time());  // so that the cache knows it
        }
    {
        std::fstream weights(folder / "models" / "nanodet.bin", std::ios::in | std::ios::out | std::ios::binary);
        weights.seekp(100'000);
        weights << "the same size, other bytes";
    }
    Metrics metrics;
    const auto eyes = Eyes::open({.models = folder / "models", .cache = test_cache()}, test_heads(repository), metrics);
    for (const auto& part : eyes->parts()) EXPECT_EQ(part.ready, part.task != "objects") << part.task << ": " << part.problem;
}

}  // namespace
}  // namespace vitrine::vision
