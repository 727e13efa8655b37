#include "catalog/colours.hpp"

#include <gtest/gtest.h>

#include "catalog/catalog.hpp"

namespace vitrine::catalog {
namespace {

const Catalog& words() {
    static const Catalog catalog;
    return catalog;
}

// Pairs 1, 7, 13, 17, 25 and 31 of the test data in Sharma, Wu, Dalal: The CIEDE2000 Color-Difference Formula (2005).
TEST(ColourDifference, IsTheStandardsOwn) {
    EXPECT_NEAR(colour_difference({50, 2.6772, -79.7751}, {50, 0, -82.7485}), 2.0425, 1e-4);
    EXPECT_NEAR(colour_difference({50, 0, 0}, {50, -1, 2}), 2.3669, 1e-4);
    EXPECT_NEAR(colour_difference({50, -0.001, 2.49}, {50, 0.0011, -2.49}), 4.7461, 1e-4);
    EXPECT_NEAR(colour_difference({50, 2.5, 0}, {73, 25, -18}), 27.1492, 1e-4);
    EXPECT_NEAR(colour_difference({60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}), 1.2644, 1e-4);
    EXPECT_NEAR(colour_difference({90.9257, -0.5406, -0.9208}, {88.6381, -0.8985, -0.7239}), 1.5381, 1e-4);
}

TEST(NameOf, NamesWhatEverybodyWould) {
    struct {
        Lab lab;
        const char* name;
    } colours[] = {{{5, 0, 0}, "black"},       {{98, 0, 0}, "white"},         {{55, 0, -1}, "grey"},        {{50, 70, 50}, "red"},
                   {{25, 35, 12}, "burgundy"}, {{82, 22, 2}, "pink"},         {{32, 45, -45}, "purple"},    {{40, 15, -55}, "blue"},
                   {{16, 3, -20}, "navy"},     {{78, -5, -18}, "light_blue"}, {{66, -38, -8}, "turquoise"}, {{45, -42, 28}, "green"},
                   {{43, -7, 25}, "khaki"},    {{87, -18, 6}, "mint"},        {{90, -4, 80}, "yellow"},     {{68, 10, 68}, "mustard"},
                   {{67, 42, 68}, "orange"},   {{68, 46, 30}, "coral"},       {{33, 12, 21}, "brown"},      {{79, 2, 19}, "beige"},
                   {{94, 0, 12}, "cream"},     {{70, 20, -22}, "lilac"}};
    for (auto [lab, name] : colours) EXPECT_EQ(words().name_of(lab).key, name);
}

TEST(NameOf, IsSureOfAPrototypeAndUnsureHalfWay) {
    for (const Colour& colour : words().colours())
        for (const Lab& lab : colour.prototypes) {
            EXPECT_EQ(words().name_of(lab).key, colour.key);
            EXPECT_GT(words().name_of(lab).confidence, 0.9) << colour.key;
        }
    EXPECT_LT(words().name_of({29, 0, -1}).confidence, 0.65) << "between black and grey";
}

TEST(NameOf, NeverSaysGoldSilverOrMulticolour) {
    for (double l = 0; l <= 100; l += 10)
        for (double a = -80; a <= 80; a += 20)
            for (double b = -80; b <= 80; b += 20) {
                auto key = words().name_of({l, a, b}).key;
                EXPECT_TRUE(key != "gold" && key != "silver" && key != "multicolour");
            }
}

TEST(Colours, AreUnderstoodInEveryLanguage) {
    EXPECT_EQ(words().resolve_colour("rosso", Language::it)->key, "red");
    EXPECT_EQ(words().resolve_colour("Dunkelblau", Language::de)->key, "navy");
    EXPECT_EQ(words().resolve_colour("bleu ciel", Language::fr)->key, "light_blue");
    EXPECT_EQ(words().resolve_colour("gray", Language::en)->key, "grey");
    EXPECT_EQ(words().resolve_colour("bordeaux", Language::en)->key, "burgundy");
    EXPECT_EQ(words().resolve_colour("plaid of nine", Language::en), nullptr);
    EXPECT_EQ(words().colours().size(), 25u);
}

}  // namespace
}  // namespace vitrine::catalog
