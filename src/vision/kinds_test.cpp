#include "vision/kinds.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "vision/opening.hpp"
#include "vision/pack_for_tests.hpp"
#include "vision/seen.hpp"

namespace vitrine::vision {
namespace {

const std::filesystem::path repository = VITRINE_SOURCE;
const auto fixture = repository / "models" / "heads" / "testdata";

// PyTorch's answers to the photos in models/heads/testdata, with the tolerances named there: JPEG decoders and resizes
// differ by a grey level.
struct KindsTest : testing::Test {
    Metrics metrics;
    std::vector<EmbeddedFile> files = test_heads(repository);
    Opening opening{test_pack(), {.cache = test_cache(), .precision = "f32"}, files, metrics};
    json::Value expected = json::parse(test_file(fixture / "expected.json")).value();
};

TEST_F(KindsTest, The_backbone_answers_each_view_as_the_reference_does) {
    const auto backbone = Backbone::open(opening.load("lite2", Backbone::load_options()).value(), "", {views.begin(), views.end()}).value();
    for (const auto& expected_case : expected.at("cases").as_array()) {
        const std::string name(expected_case.at("photo").as_string());
        const auto features = backbone.run(test_photo(fixture / name).working).value();
        for (std::size_t i = 0; i < views.size(); ++i) {
            const auto& want = expected_case.at("views").at(view_names[i]);
            for (std::size_t k = 0; k < 16; ++k) {
                EXPECT_NEAR(features[i].embedding[k], want.at("embedding_first_16").at(k).to_number<double>(), 2e-2)
                    << name << " " << view_names[i];
                EXPECT_NEAR(features[i].block15[k], want.at("block15_first_16").at(k).to_number<double>(), 0.5)
                    << name << " " << view_names[i];
                EXPECT_NEAR(features[i].stage6[k], want.at("stage6_first_16").at(k).to_number<double>(), 0.5)
                    << name << " " << view_names[i];
            }
            const auto best = std::ranges::max_element(features[i].logits) - features[i].logits.begin();
            EXPECT_EQ(best, want.at("imagenet_best_class").as_int64()) << name << " " << view_names[i];
        }
    }
}

TEST_F(KindsTest, The_heads_answer_as_the_reference_does) {
    auto backbone = opening.backbone().value();
    auto heads = opening.heads();
    ASSERT_TRUE(heads) << heads.error().message;
    for (const auto& expected_case : expected.at("cases").as_array()) {
        const std::string name(expected_case.at("photo").as_string());
        const auto features = backbone->run(test_photo(fixture / name).working).value();
        for (const auto* head : {&(*heads)->kind, &(*heads)->clothing, &(*heads)->grocery}) {
            const auto logits = json::read<std::vector<double>>(expected_case.at("heads").at(head->card().name).at("logits")).value();
            const auto want = softmax(std::vector<float>(logits.begin(), logits.end()));
            const auto found = head->probabilities(features).value();
            ASSERT_EQ(found.size(), want.size());
            for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(found[i], want[i], 3e-2) << name << " " << head->card().labels[i];
        }
    }
}

TEST_F(KindsTest, The_embedding_is_that_of_the_whole_view_with_length_1) {
    const auto photo = test_photo(fixture / "00003aeb-ace5-43bf-9a0c-dc31a03e9cd2.jpg");
    auto backbone = opening.backbone().value();
    Seen seen;
    const auto found = json::read<Embedding>(make_embedding(backbone)->run(photo, seen).value()).value();
    const auto whole = seen.features(*backbone, photo).value()->at(0).embedding;
    double squares = 0, together = 0, length = 0;
    for (std::size_t i = 0; i < whole.size(); ++i)
        squares += found.vector[i] * found.vector[i], together += found.vector[i] * whole[i], length += whole[i] * whole[i];
    EXPECT_NEAR(squares, 1, 1e-5);
    EXPECT_NEAR(together, std::sqrt(length), 1e-3);
}

TEST_F(KindsTest, Both_tasks_share_one_run_of_the_backbone) {
    const auto photo = test_photo(fixture / "00003aeb-ace5-43bf-9a0c-dc31a03e9cd2.jpg");
    auto backbone = opening.backbone().value();
    Seen seen;
    ASSERT_TRUE(make_kinds(backbone, opening.heads().value())->run(photo, seen));
    ASSERT_TRUE(make_embedding(backbone)->run(photo, seen));
    const auto runs = fmt::format("vitrine_model_seconds_count{{model=\"lite2\"}} {}\n", 1 + backbone->wanted().size());  // one to warm
    EXPECT_NE(metrics.text().find(runs), std::string::npos) << metrics.text();
}

HeadCard card(std::vector<std::string> labels, double threshold) {
    return {
        .name = "test", .version = "1", .labels = std::move(labels), .threshold = threshold, .inputs = {"embedding_whole"}, .sha256 = ""};
}
const HeadCard kind_card = card({"clothing", "grocery", "other"}, 0.6), clothing_card = card({"Shirt", "Hat"}, 0.8),
               grocery_card = card({"Banana", "Milk"}, 0.5);

TEST(Decide, A_sure_kind_lets_its_own_head_answer) {
    const auto kinds = decide({kind_card, {0.7, 0.2, 0.1}}, {clothing_card, {0.1, 0.9}}, {grocery_card, {0.9, 0.1}});
    EXPECT_EQ(kinds.kind.value, "clothing");
    EXPECT_EQ(kinds.category.value, "Hat");
    EXPECT_DOUBLE_EQ(kinds.category.confidence, 0.9);
    EXPECT_EQ(kinds.product.value, std::nullopt);
    EXPECT_EQ(kinds.product.top.at(0).name, "Banana");
}

TEST(Decide, Below_its_threshold_a_head_is_not_sure) {
    const auto kinds = decide({kind_card, {0.7, 0.2, 0.1}}, {clothing_card, {0.3, 0.7}}, {grocery_card, {0.9, 0.1}});
    EXPECT_EQ(kinds.category.value, std::nullopt);
    EXPECT_EQ(kinds.category.top.at(0).name, "Hat");
}

TEST(Decide, An_unsure_kind_is_other_and_nothing_answers) {
    const auto kinds = decide({kind_card, {0.5, 0.45, 0.05}}, {clothing_card, {0.1, 0.9}}, {grocery_card, {0.9, 0.1}});
    EXPECT_EQ(kinds.kind.value, "other");
    EXPECT_EQ(kinds.category.value, std::nullopt);
    EXPECT_EQ(kinds.product.value, std::nullopt);
}

TEST(Decide, The_likelier_of_clothing_and_grocery_counts_even_behind_other) {
    auto lenient = kind_card;
    lenient.threshold = 0.3;
    EXPECT_EQ(decide({lenient, {0.1, 0.4, 0.5}}, {clothing_card, {0.1, 0.9}}, {grocery_card, {0.9, 0.1}}).kind.value, "grocery");
}

TEST(HeadCard, A_wrong_card_says_what_is_wrong) {
    const std::string good =
        R"({"name": "kind", "version": "1", "labels": ["a", "b"], "threshold": 0.5, "inputs": ["embedding_whole"], "trained": {}, "sha256": ""})";
    EXPECT_TRUE(parse_head_card(good));
    auto changed = [&](const std::string& from, const std::string& to) {
        auto text = good;
        text.replace(text.find(from), from.size(), to);
        return parse_head_card(text);
    };
    EXPECT_FALSE(changed("0.5", "1.5"));
    EXPECT_FALSE(changed("0.5", "\"much\""));
    EXPECT_FALSE(changed("[\"a\", \"b\"]", "[\"a\"]"));
    EXPECT_FALSE(changed("embedding_whole", "embedding_upside_down"));
    EXPECT_FALSE(changed("\"sha256\"", "\"sha\""));
    EXPECT_FALSE(parse_head_card("[]"));
}

}  // namespace
}  // namespace vitrine::vision
