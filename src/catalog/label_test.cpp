#include "catalog/label.hpp"

#include <gtest/gtest.h>

#include "catalog/catalog.hpp"

namespace vitrine::catalog {
namespace {

const Catalog& words() {
    static const Catalog catalog;
    return catalog;
}

std::vector<Line> lines(std::initializer_list<const char*> texts) {
    std::vector<Line> list;
    for (const char* text : texts) list.push_back({text, 0.95f});
    return list;
}

// "brand / size", with '-' for what is left empty.
std::string label(std::initializer_list<const char*> texts, const char* category = "t_shirt") {
    auto read = words().read_label(lines(texts), words().category(category));
    return (read.brand ? std::string(read.brand->brand->name) : "-") + " / " + (read.size ? read.size->display : "-");
}

TEST(Label, IsReadWhole) {
    EXPECT_EQ(label({"ZARA", "EUR M", "USA M", "MEX 28", "MADE IN TURKEY"}), "Zara / M");
    EXPECT_EQ(label({"H&M", "EUR 38", "US 8", "60% COTTON", "40% POLYESTER"}), "H&M / EU 38");
    EXPECT_EQ(label({"TOMMY", "HILFIGER", "SIZE XL"}), "Tommy Hilfiger / XL");
    EXPECT_EQ(label({"LEVI'S", "W32 L34", "RN 54163"}, "jeans"), "Levi's / W32 L34");
    EXPECT_EQ(label({"BERSHKA", "S", "100% COTTON"}), "Bershka / S");
}

TEST(Label, ReadsASizeThatIsSetOnTwoLines) {
    EXPECT_EQ(label({"NORTH SAILS", "US", "6", "80% WOOL", "20% POLYAMIDE"}), "North Sails / US 6");
    EXPECT_EQ(label({"MISSGUIDED", "DE", "44"}), "Missguided / DE 44");
    EXPECT_EQ(label({"LEE", "SIZE DE 44"}), "Lee / DE 44");
    EXPECT_EQ(label({"TOM TAILOR", "W33", "L32"}, "jeans"), "Tom Tailor / W33 L32");
    EXPECT_EQ(label({"152 CM", "12 A", "DIESEL"}), "Diesel / 152 cm") << "upside down";
}

TEST(Label, LetsABrandVouchForALetter) {
    EXPECT_EQ(label({"NIKE", "M"}), "Nike / M");
    EXPECT_EQ(label({"adidas", "L"}), "adidas / L");
}

TEST(Label, DoesNotLetABrandVouchForABareNumber) {
    EXPECT_EQ(label({"NIKE", "23"}), "Nike / -") << "a shirt's number";
    EXPECT_EQ(label({"adidas", "10"}), "adidas / -");
}

TEST(Label, BelievesOrdinaryWordsBesideASecondSign) {
    EXPECT_EQ(label({"NEXT", "100% COTTON"}), "Next / -");
    EXPECT_EQ(label({"GAP", "SIZE M"}), "Gap / M");
    EXPECT_EQ(label({"BOSS", "MADE IN ITALY"}), "Boss / -");
    EXPECT_EQ(label({"MANGO", "EUR 38"}), "Mango / EU 38");
    EXPECT_EQ(label({"ONLY", "XS"}), "Only / XS") << "two letters are no noise";
    EXPECT_EQ(label({"COS", "LAVARE A MANO"}), "Cos / -");
}

TEST(Label, LeavesOrdinaryWordsByThemselves) {
    for (auto text : {"NEXT", "ONLY", "GAP", "BOSS", "OBJECT", "MANGO", "ESPRIT", "S", "XL", "38", "BOYS", "LEE"})
        EXPECT_EQ(label({text}), "- / -") << text;
    EXPECT_EQ(label({"ONLY", "S"}), "- / -") << "a word and a letter";
    EXPECT_EQ(label({"NEXT", "STOP", "CALIFORNIA"}), "- / -");
    EXPECT_EQ(label({"THE", "BOSS", "1985"}), "- / -");
}

TEST(Label, KnowsCareTextForWhatItIs) {
    EXPECT_EQ(label({"MACHINE WASH 30", "DRY CLEAN", "ONLY", "MADE IN CHINA"}), "- / -");
    EXPECT_EQ(label({"WASH AT 40°", "40", "DO NOT BLEACH"}), "- / -");
    EXPECT_EQ(label({"HAND WASH ONLY", "LINE DRY", "NEXT TO NOTHING"}), "- / -");
}

TEST(Label, BelievesABareNumberBesideItsOwnText) {
    EXPECT_EQ(label({"GEOX", "MADE IN VIETNAM", "42"}, "shoes"), "Geox / 42");
    EXPECT_EQ(label({"38", "100% COTTON"}), "- / 38");
}

TEST(Label, LeavesEmptyWhatIsSaidTwoWays) {
    EXPECT_EQ(label({"S", "M", "L", "100% COTTON"}), "- / -") << "a run of sizes";
    EXPECT_EQ(label({"ZARA", "BERSHKA"}), "- / -");
    EXPECT_EQ(label({"EUR 38", "EUR 40"}), "- / -");
}

TEST(Label, TakesPrintForPrint) {
    EXPECT_EQ(label({"Coca-Cola"}), "- / -") << "no maker of T-shirts";
    EXPECT_EQ(label({"FERRARI", "H&M", "SIZE M"}), "H&M / M");
    EXPECT_EQ(label({"AI QUAD CAMERA", "REDMI NOTE 8 PRO"}), "- / -") << "a phone's mark on its photos";
    EXPECT_EQ(label({"NEW YORK", "1974", "ORIGINAL"}), "- / -");
    EXPECT_EQ(label({"IMPOSSIBLE IS NOTHING", "RUN THE DAY", "DON'T CARE"}), "- / -");
}

TEST(Label, GivesAllSizesItBelieves) {
    auto read = words().read_label(lines({"ZARA", "EU 38 UK 10 US 6"}));
    ASSERT_EQ(read.sizes.size(), 3u);
    EXPECT_EQ(read.size->display, "EU 38");
}

TEST(SecondSigns, AreFoundInFiveLanguages) {
    for (auto text : {"MADE IN ITALY", "MADEINITALY", "Fabriqué en France", "HECHO EN ESPAÑA", "Hergestellt in Portugal", "Lavare a mano",
                      "LAVER A LA MAIN", "Handwäsche", "NO PLANCHAR", "MACHINE WASH COLD", "60% COTONE", "100% Baumwolle", "RN 54163",
                      "CA 00153", "TAGLIA M", "COMPOSITION", "Do not tumble dry", "MACHlNE WASH"}) {
        auto signs = words().second_signs(lines({text}));
        double weight = 0;
        for (const Sign& sign : signs) weight = std::max(weight, sign.weight);
        EXPECT_EQ(weight, 1) << text;
    }
}

TEST(SecondSigns, AreHalfWhereAPrintMayHaveThem) {
    for (auto text : {"ORIGINAL BRAND", "SINCE 1969", "ZARA®", "www.zara.com"}) {
        auto signs = words().second_signs(lines({text}));
        ASSERT_EQ(signs.size(), 1u) << text;
        EXPECT_EQ(signs[0].weight, 0.5) << text;
    }
}

TEST(SecondSigns, AreNotInPrints) {
    for (auto text : {"100% AWESOME", "NEW YORK CITY", "WASH YOUR HANDS", "I LOVE ITALY", "RN", "CALIFORNIA 1974", "RUN THE DAY",
                      "MADE WITH LOVE", "XL"})
        EXPECT_TRUE(words().second_signs(lines({text})).empty()) << text;
}

TEST(SecondSigns, DoNotCountOnTheLineTheyVouchFor) {
    Sign own{SignKind::trademark, 2, 0.5}, other{SignKind::brand_words, 3, 0.5}, again{SignKind::brand_words, 4, 0.5};
    EXPECT_EQ(weight_beside(std::vector{own, other}, 2), 0.5);
    EXPECT_EQ(weight_beside(std::vector{own, other}, 0), 1.0);
    EXPECT_EQ(weight_beside(std::vector{other, again}, 0), 0.5) << "one kind counts once";
}

}  // namespace
}  // namespace vitrine::catalog
