#include "catalog/fibres.hpp"

#include <gtest/gtest.h>

#include "catalog/catalog.hpp"

namespace vitrine::catalog {
namespace {

const Catalog& words() {
    static const Catalog catalog;
    return catalog;
}

// "cotton 60, polyester 40"; a part in brackets where the label names one; no number where there is no share.
std::string composition(std::initializer_list<const char*> texts) {
    std::vector<Line> lines;
    for (const char* text : texts) lines.push_back({text, 0.95f});
    std::string said;
    for (const MaterialReading& reading : words().read_materials(lines)) {
        said += (said.empty() ? "" : ", ") + std::string(reading.fibre);
        if (reading.percent) said += " " + std::to_string(*reading.percent);
        if (!reading.part.empty()) said += " (" + std::string(reading.part) + ")";
    }
    return said;
}

TEST(Fibres, AreKnownByTheirNamesInEveryLanguage) {
    struct {
        const char *name, *key;
    } names[] = {{"COTONE", "cotton"},
                 {"coton", "cotton"},
                 {"Baumwolle", "cotton"},
                 {"ALGODÓN", "cotton"},
                 {"ALGODON", "cotton"},
                 {"ELASTHAN", "elastane"},
                 {"Élasthanne", "elastane"},
                 {"LYCRA", "elastane"},
                 {"Lana", "wool"},
                 {"Schurwolle", "virgin_wool"},
                 {"SOIE", "silk"},
                 {"seda", "silk"},
                 {"Leinen", "linen"},
                 {"POLIAMMIDE", "polyamide"},
                 {"Viskose", "viscose"},
                 {"Vera pelle", "leather"},
                 {"Kunstleder", "faux_leather"},
                 {"Daunen", "down"},
                 {"Lyocell", "lyocell"},
                 {"CACHEMIRE", "cashmere"}};
    for (auto [name, key] : names) EXPECT_EQ(words().resolve_fibre(name), key) << name;
    EXPECT_EQ(words().resolve_fibre("stone"), std::nullopt);
    EXPECT_GE(words().fibres().size(), 40u);
}

TEST(ReadMaterials, ReadsSharesInAnyArrangement) {
    EXPECT_EQ(composition({"60% COTTON 40% POLYESTER"}), "cotton 60, polyester 40");
    EXPECT_EQ(composition({"60% COTONE", "40% POLIESTERE"}), "cotton 60, polyester 40");
    EXPECT_EQ(composition({"100% BAUMWOLLE"}), "cotton 100");
    EXPECT_EQ(composition({"100%COTTON"}), "cotton 100") << "readers lose spaces";
    EXPECT_EQ(composition({"60%COTTON40%POLYESTER"}), "cotton 60, polyester 40");
    EXPECT_EQ(composition({"COTTON 60% POLYESTER 40%"}), "cotton 60, polyester 40");
    EXPECT_EQ(composition({"Coton 95 %, Élasthanne 5 %"}), "cotton 95, elastane 5");
    EXPECT_EQ(composition({"100 % di LANA"}), "wool 100");
    EXPECT_EQ(composition({"100%", "SILK"}), "silk 100");
    EXPECT_EQ(composition({"%100 PAMUK"}), "cotton 100");
    EXPECT_EQ(composition({"80% WO 20% PA"}), "wool 80, polyamide 20");
    EXPECT_EQ(composition({"70% VIRGIN WOOL 30% CASHMERE"}), "virgin_wool 70, cashmere 30");
}

TEST(ReadMaterials, ReadsWhatWasMisread) {
    EXPECT_EQ(composition({"1OO% COTTON"}), "cotton 100");
    EXPECT_EQ(composition({"lOO% COTTON"}), "cotton 100");
    EXPECT_EQ(composition({"6O% COTT0N 4O% P0LYESTER"}), "cotton 60, polyester 40");
    EXPECT_EQ(composition({"100% P0LYAMlDE"}), "polyamide 100");
    EXPECT_EQ(composition({"100% POLYESTEP"}), "polyester 100");
}

TEST(ReadMaterials, SaysACompositionOnceHoweverManyLanguagesRepeatIt) {
    EXPECT_EQ(composition({"60% COTTON 40% POLYESTER", "60% COTON 40% POLYESTER", "60% BAUMWOLLE 40% POLYESTER"}),
              "cotton 60, polyester 40");
    EXPECT_EQ(composition({"100% COTTON/COTONE/COTON/ALGODON"}), "cotton 100");
    EXPECT_EQ(composition({"98% COTTON COTON", "2% ELASTANE ELASTHANNE"}), "cotton 98, elastane 2");
}

TEST(ReadMaterials, KeepsThePartsApart) {
    EXPECT_EQ(composition({"SHELL 100% POLYESTER", "LINING 100% COTTON"}), "polyester 100 (shell), cotton 100 (lining)");
    EXPECT_EQ(composition({"Oberstoff: 100% Polyamid", "Futter: 100% Polyester", "Füllung: 90% Daunen 10% Federn"}),
              "polyamide 100 (shell), polyester 100 (lining), down 90 (filling), feather 10 (filling)");
}

TEST(ReadMaterials, ReadsAFibreWithoutAShareButDoubtsIt) {
    Line line{"VERA PELLE", 0.9f};
    auto readings = words().read_materials({&line, 1});
    ASSERT_EQ(readings.size(), 1u);
    EXPECT_EQ(readings[0].fibre, "leather");
    EXPECT_FALSE(readings[0].percent);
    EXPECT_TRUE(readings[0].needs_second_sign);
}

TEST(ReadMaterials, KnowsWhetherTheSharesAddUp) {
    Line line{"60% COTTON 30% POLYESTER", 0.9f}, whole{"60% COTTON 40% POLYESTER", 0.9f};
    EXPECT_FALSE(is_complete(words().read_materials({&line, 1}), 0));
    EXPECT_TRUE(is_complete(words().read_materials({&whole, 1}), 0));
}

TEST(ReadMaterials, ReadsNothingWhereThereIsNone) {
    for (auto text : {"100% AWESOME", "50% OFF", "I GIVE 110%", "NEW YORK", "0%", "%", "100%", "40% 60%", "", "小"})
        EXPECT_EQ(composition({text}), "") << text;
}

}  // namespace
}  // namespace vitrine::catalog
