#include "listing/review.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/json.hpp"

namespace vitrine::listing {
namespace {

PhotoFacts good_photo(std::string hash = "0000000000000000") {
    return {PhotoId::make(), 1200, 1600, std::move(hash), 200, 0.01, {}, {}};
}

std::vector<Remark> review_for(Market market, const Fields& fields, const std::vector<PhotoFacts>& photos) {
    return review(fields, photos, rule_packs().at(static_cast<std::size_t>(market)), Language::en);
}

std::vector<std::string> rules_of(const Fields& fields, const std::vector<PhotoFacts>& photos, Market market = Market::vinted) {
    std::vector<std::string> names;
    for (const auto& remark : review_for(market, fields, photos)) names.push_back(remark.rule);
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
    for (const auto& pack : rule_packs()) {
        EXPECT_GT(pack.version, 0) << pack.name;
        for (const auto& rule : pack.rules)
            EXPECT_TRUE(rule.rule.starts_with(std::string(json::enum_name(pack.market)) + ".")) << rule.rule;
        auto remarks = review({}, {}, pack, Language::en);
        ASSERT_FALSE(remarks.empty());
        for (const auto& remark : remarks) EXPECT_EQ(remark.verified, !remark.rule_source.starts_with("unverified")) << remark.rule;
    }
}

// A rule that names a page has been read there; the page's address is what makes it checkable.
TEST(Review, what_is_called_seen_says_where_and_when) {
    for (const auto& pack : rule_packs())
        for (const auto& rule : pack.rules) {
            if (rule.seen == "unverified") continue;
            EXPECT_TRUE(rule.source.find("https://") != std::string::npos || rule.source.find("github.com/") != std::string::npos)
                << rule.rule;
            EXPECT_EQ(rule.seen.size(), 10u) << rule.rule;
        }
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
    auto remarks = review_for(Market::vinted, {}, {first, small, blurred, again});
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
    auto remarks = review_for(Market::vinted, {}, {photo});
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
    fields.brand.value = "Zara";
    fields.size.value = "M";
    for (auto market : {Market::vinted, Market::ebay, Market::depop})
        EXPECT_EQ(rules_of(fields, {good_photo(), good_photo("ffffffffffffffff")}, market), std::vector<std::string>{});
}

// The same draft, three markets: each says what it says, and names no other's rule.
TEST(Review, every_market_has_its_own_limits) {
    std::vector<PhotoFacts> nine;
    for (int i = 0; i < 9; ++i) nine.push_back(good_photo(fmt::format("{:016x}", std::uint64_t{0xff} << (6 * i))));
    EXPECT_TRUE(says(rules_of({}, nine, Market::depop), "depop.too_many_photos"));
    EXPECT_FALSE(says(rules_of({}, nine, Market::ebay), "ebay.too_many_photos"));
    EXPECT_FALSE(says(rules_of({}, nine, Market::vinted), "vinted.too_many_photos"));

    auto narrow = good_photo();
    narrow.width = 300, narrow.height = 510;
    EXPECT_FALSE(says(rules_of({}, {narrow}, Market::ebay), "ebay.small_photo")) << "its longer side counts there";
    narrow.height = 499;
    EXPECT_TRUE(says(rules_of({}, {narrow}, Market::ebay), "ebay.small_photo"));
    EXPECT_TRUE(says(rules_of({}, {}, Market::ebay), "ebay.no_photo"));

    auto long_title = with_text(std::string(81, 'a'), "");
    EXPECT_TRUE(says(rules_of(long_title, {}, Market::ebay), "ebay.long_title"));
    EXPECT_FALSE(says(rules_of(long_title, {}, Market::vinted), "vinted.long_title"));
    EXPECT_TRUE(says(rules_of(with_text("Coat ♥", ""), {}, Market::ebay), "ebay.symbol_in_title"));
    EXPECT_FALSE(says(rules_of(with_text("Coat, très chic", ""), {}, Market::ebay), "ebay.symbol_in_title"));

    EXPECT_TRUE(says(rules_of(with_text("", std::string(1001, 'a')), {}, Market::depop), "depop.long_description"));
    EXPECT_FALSE(says(rules_of(with_text("", "#a #b #c #d #e, no. # 6"), {}, Market::depop), "depop.too_many_hashtags"));
    EXPECT_TRUE(says(rules_of(with_text("", "#a #b #c #d #e #f"), {}, Market::depop), "depop.too_many_hashtags"));
    EXPECT_TRUE(says(rules_of(with_text("", "pay me by PayPal"), {}, Market::depop), "depop.payment_outside"));
    EXPECT_FALSE(says(rules_of(with_text("Johnny Cash T-shirt", ""), {}, Market::depop), "depop.payment_outside"));

    Fields cheap;
    cheap.price.value = Money{99, {}};
    EXPECT_TRUE(says(rules_of(cheap, {}, Market::depop), "depop.low_price"));
    cheap.price.value = Money{100, {}};
    EXPECT_FALSE(says(rules_of(cheap, {}, Market::depop), "depop.low_price"));
}

TEST(Review, a_contact_is_an_address_or_a_number_to_call_and_no_measure) {
    auto found = [](std::string text) {
        std::vector<std::string> messages;
        for (const auto& remark : review_for(Market::ebay, with_text("Coat", std::move(text)), {}))
            if (remark.rule == "ebay.contact") messages.push_back(remark.message);
        return messages;
    };
    EXPECT_EQ(found("see www.example.org/coat").size(), 1u);
    EXPECT_EQ(found("https://example.org").size(), 1u);
    EXPECT_EQ(found("ada@example.org or 02 1234 5678 9").size(), 2u);
    EXPECT_EQ(found("+39 333 123 4567").size(), 1u);
    EXPECT_TRUE(found("Size: 38-40, 100 x 120 cm, 12.50 EUR, made 2019-2021, 100 % wool, W32 L34, @home").empty());
    EXPECT_NE(found("ada@example.org").at(0).find("ada@example.org"), std::string::npos);
}

TEST(Review, photos_that_nobody_looked_at_are_not_taken_for_the_same) {
    EXPECT_FALSE(says(rules_of({}, {good_photo(""), good_photo("")}), "vinted.same_photo_twice"));
}

}  // namespace
}  // namespace vitrine::listing
