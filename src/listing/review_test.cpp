#include "listing/review.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/json.hpp"

namespace vitrine::listing {
namespace {

PhotoFacts good_photo(std::string hash = "0000000000000000") {
    return {PhotoId::make(), 1200, 1600, std::move(hash), 200, 0.01, {}, {}};
}

std::vector<std::string> rules_of(const Fields& fields, const std::vector<PhotoFacts>& photos) {
    std::vector<std::string> names;
    for (const auto& remark : review(fields, photos, rule_packs(), Language::en)) names.push_back(remark.rule);
    return names;
}

bool says(const std::vector<std::string>& rules, std::string_view rule) {
    return std::ranges::find(rules, rule) != rules.end();
}

Fields with_text(std::string title, std::string description) {
    Fields fields;
    fields.title.value = std::move(title);
    fields.description.value = std::move(description);
    return fields;
}

TEST(Review, every_rule_says_why_and_where_it_was_read_or_that_nobody_has) {
    for (const auto& pack : rule_packs())
        for (const auto& rule : pack.rules) {
            EXPECT_FALSE(rule.reason.empty()) << rule.rule;
            EXPECT_FALSE(rule.source.empty()) << rule.rule;
            EXPECT_TRUE(rule.message.contains("en") && rule.message.contains("it")) << rule.rule;
        }
    auto remarks = review({}, {}, rule_packs(), Language::en);
    ASSERT_FALSE(remarks.empty());
    for (const auto& remark : remarks) EXPECT_EQ(remark.verified, !remark.rule_source.starts_with("unverified")) << remark.rule;
}

TEST(Review, another_shop_named_blocks_only_as_a_word_of_its_own) {
    EXPECT_TRUE(says(rules_of(with_text("Coat", "also on eBay!"), {}), "vinted.other_shop"));
    EXPECT_FALSE(says(rules_of(with_text("Coat", "from Betsy with love"), {}), "vinted.other_shop"));
}

TEST(Review, photos_that_are_small_blurred_or_the_same_are_remarked_on_by_photo) {
    auto small = good_photo("ffffffffffffffff");
    small.width = 300;
    auto blurred = good_photo("00000000ffffffff");
    blurred.sharpness = 1;
    auto first = good_photo(), again = good_photo("0000000000000003");
    auto remarks = review({}, {first, small, blurred, again}, rule_packs(), Language::en);
    auto photo_of = [&](std::string_view rule) {
        auto found = std::ranges::find(remarks, rule, &Remark::rule);
        return found == remarks.end() ? std::nullopt : found->photo;
    };
    EXPECT_EQ(photo_of("vinted.small_photo"), small.id);
    EXPECT_EQ(photo_of("vinted.blurred_photo"), blurred.id);
    EXPECT_EQ(photo_of("vinted.same_photo_twice"), again.id);
}

TEST(Review, a_face_and_nudity_are_shown_where_they_are) {
    auto photo = good_photo();
    photo.faces = {{10, 20, 30, 40}};
    photo.nudity = 0.95;
    auto remarks = review({}, {photo}, rule_packs(), Language::en);
    EXPECT_EQ(remarks.front().rule, "vinted.nudity") << "blocks come first";
    EXPECT_EQ(remarks.front().severity, Severity::block);
    auto face = std::ranges::find(remarks, "vinted.face", &Remark::rule);
    ASSERT_NE(face, remarks.end());
    EXPECT_EQ(face->box, (std::vector<double>{10, 20, 30, 40}));
}

TEST(Review, a_complete_draft_has_nothing_to_mend) {
    auto fields = with_text("Zara T-shirt, blue", "Zara T-shirt.\nSize: M");
    fields.category.value = "t_shirt";
    fields.condition.value = "good";
    fields.price.value = Money{1200, {}};
    EXPECT_TRUE(rules_of(fields, {good_photo(), good_photo("ffffffffffffffff")}).empty());
}

}  // namespace
}  // namespace vitrine::listing
