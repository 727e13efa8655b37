#include "catalog/read_brand.hpp"

#include <gtest/gtest.h>

#include <set>

#include "catalog/catalog.hpp"
#include "catalog/text.hpp"

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

// The brands read without needing a second sign, joined by commas.
std::string sure(std::initializer_list<const char*> texts) {
    std::string names;
    for (const BrandReading& reading : words().read_brand(lines(texts)))
        if (!reading.needs_second_sign) names += (names.empty() ? "" : ",") + std::string(reading.brand->name);
    return names;
}

// The same of those that need one.
std::string unsure(std::initializer_list<const char*> texts) {
    std::string names;
    for (const BrandReading& reading : words().read_brand(lines(texts)))
        if (reading.needs_second_sign) names += (names.empty() ? "" : ",") + std::string(reading.brand->name);
    return names;
}

TEST(Brands, AreManyAndEachThereOnce) {
    EXPECT_GE(words().brands().size(), 1500u);
    std::set<std::string> names;
    for (const Brand& brand : words().brands()) EXPECT_TRUE(names.insert(joined(fold(brand.name))).second) << brand.name;
}

TEST(Brands, AreFoundByAnySpelling) {
    EXPECT_EQ(words().brand("levis")->name, "Levi's");
    EXPECT_EQ(words().brand("h & m")->name, "H&M");
    EXPECT_EQ(words().brand("Dolce and Gabbana")->name, "Dolce & Gabbana");
    EXPECT_EQ(words().brand("L'OREAL")->name, "L'Oréal");
    EXPECT_EQ(words().brand("no such maker"), nullptr);
}

TEST(Brands, ThatAreOrdinaryWordsSaySo) {
    for (auto name : {"Next",   "Only",   "Gap",   "Boss",   "Mango", "Guess", "Diesel",   "Fossil",   "Monsoon", "Object",
                      "Pieces", "Esprit", "Comma", "Replay", "Lee",   "Vans",  "Champion", "Columbia", "Coach",   "Apple"})
        EXPECT_TRUE(words().brand(name) && words().brand(name)->ordinary) << name;
    for (auto name : {"Zara", "H&M", "Nike", "adidas", "Levi's", "Bershka", "Tommy Hilfiger"})
        EXPECT_FALSE(words().brand(name)->ordinary) << name;
}

TEST(Brands, FitTheThingsTheyMake) {
    const Category &shirt = *words().category("t_shirt"), &phone = *words().category("phone");
    EXPECT_TRUE(words().fits(*words().brand("Nike"), shirt));
    EXPECT_FALSE(words().fits(*words().brand("Coca-Cola"), shirt));
    EXPECT_FALSE(words().fits(*words().brand("Ferrari"), shirt));
    EXPECT_TRUE(words().fits(*words().brand("Samsung"), phone));
    EXPECT_FALSE(words().fits(*words().brand("Zara"), phone));
}

TEST(ReadBrand, ReadsNamesAsLabelsWriteThem) {
    EXPECT_EQ(sure({"ZARA"}), "Zara");
    EXPECT_EQ(sure({"ZARA BASIC"}), "Zara");
    EXPECT_EQ(sure({"zara woman"}), "Zara");
    EXPECT_EQ(sure({"H&M"}), "H&M");
    EXPECT_EQ(sure({"H & M"}), "H&M");
    EXPECT_EQ(sure({"LEVI'S"}), "Levi's");
    EXPECT_EQ(sure({"LEVI STRAUSS & CO."}), "Levi's");
    EXPECT_EQ(sure({"TOMMY HILFIGER"}), "Tommy Hilfiger");
    EXPECT_EQ(sure({"TOMMYHILFIGER"}), "Tommy Hilfiger") << "readers lose spaces";
    EXPECT_EQ(sure({"United Colors of Benetton."}), "Benetton");
    EXPECT_EQ(sure({"s.Oliver"}), "s.Oliver");
    EXPECT_EQ(sure({"U.S. POLO ASSN."}), "U.S. Polo Assn.");
    EXPECT_EQ(sure({"G U C C I"}), "Gucci");
    EXPECT_EQ(sure({"PULL&BEAR"}), "Pull & Bear");
    EXPECT_EQ(sure({"Hennes & Mauritz"}), "H&M");
    EXPECT_EQ(sure({"KÄRCHER"}), "Kärcher");
}

TEST(ReadBrand, TakesTheLongestNameOnALine) {
    EXPECT_EQ(sure({"ARMANI JEANS"}), "Armani Jeans");
    EXPECT_EQ(sure({"EMPORIO ARMANI"}), "Emporio Armani");
    EXPECT_EQ(sure({"HUGO BOSS"}), "Hugo Boss") << "two words are no ordinary word";
    EXPECT_EQ(sure({"POLO RALPH LAUREN"}), "Polo Ralph Lauren");
}

TEST(ReadBrand, ReadsANameSetOnTwoLines) {
    EXPECT_EQ(sure({"CALVIN", "KLEIN"}), "Calvin Klein");
    EXPECT_EQ(sure({"MASSIMO", "DUTTI"}), "Massimo Dutti");
}

TEST(ReadBrand, ForgivesWhatReadersConfuse) {
    EXPECT_EQ(sure({"ADlDAS"}), "adidas");
    EXPECT_EQ(sure({"N1KE"}), "Nike");
    EXPECT_EQ(sure({"Levl's"}), "Levi's");
    EXPECT_EQ(sure({"D10R"}), "Dior");
    EXPECT_EQ(sure({"TORNMY HILFIGER"}), "Tommy Hilfiger");
    EXPECT_EQ(sure({"PATRZIA PEPE"}), "Patrizia Pepe") << "a letter lost";
    EXPECT_EQ(sure({"MASSINO DUTTI"}), "Massimo Dutti") << "a letter wrong";
    EXPECT_EQ(sure({"HILFICER"}), "Tommy Hilfiger");
}

TEST(ReadBrand, DoesNotForgiveShortNames) {
    EXPECT_EQ(sure({"HBM"}), "");
    EXPECT_EQ(sure({"NINE"}), "");
    EXPECT_EQ(sure({"ZARE"}), "");
    EXPECT_EQ(unsure({"ZARE"}), "");
    EXPECT_EQ(sure({"BERSHCA"}), "") << "seven letters, one wrong";
    EXPECT_EQ(unsure({"BERSHCA"}), "Bershka") << "but with a second sign";
}

TEST(ReadBrand, DoesNotTakeWordsForNames) {
    for (auto text : {"BASICS", "COMPANY", "FASHION", "FOREVER", "SPEED", "CALIFORNIA", "CHAMPIONS", "CHANNEL", "LINING", "MOVIE DATE",
                      "accessories", "ORIGINAL", "NEW YORK", "AUTHENTIC DENIM", "Christine's", "machine", "converge", "BALLERINI"})
        EXPECT_EQ(sure({text}), "") << text;
}

TEST(ReadBrand, TakesOrdinaryWordsOnlyAloneAndNeverByThemselves) {
    for (auto text : {"NEXT", "ONLY", "GAP", "BOSS", "MANGO", "Guess", "diesel", "OBJECT"}) {
        EXPECT_EQ(sure({text}), "") << text;
        EXPECT_NE(unsure({text}), "") << text;
    }
    for (auto text :
         {"the next day", "DRY CLEAN ONLY", "mind the gap", "who's the boss", "mango juice", "I guess so", "NEXT LEVEL GAMING"}) {
        EXPECT_EQ(sure({text}), "") << text;
        EXPECT_EQ(unsure({text}), "") << text;
    }
}

TEST(ReadBrand, TakesAnOrdinaryWordWithASizeBesideIt) {
    EXPECT_EQ(unsure({"NEXT 12"}), "Next");
}

TEST(ReadBrand, BelievesAWebAddress) {
    EXPECT_EQ(sure({"www.next.co.uk"}), "Next");
    EXPECT_EQ(sure({"www.zara.com"}), "Zara");
}

TEST(ReadBrand, DistrustsANameInASentence) {
    EXPECT_EQ(sure({"I would rather go out with Prada tonight"}), "");
    EXPECT_EQ(unsure({"I would rather go out with Prada tonight"}), "Prada");
}

TEST(ReadBrand, DistrustsLinesThatWereHardlyRead) {
    Line faint{"ZARA", 0.4f}, poor{"ADlDAS", 0.6f}, exact{"ADIDAS", 0.6f};
    EXPECT_TRUE(words().read_brand({&faint, 1}).empty());
    EXPECT_TRUE(words().read_brand({&poor, 1}).empty()) << "letter by letter only";
    EXPECT_EQ(words().read_brand({&exact, 1}).size(), 1u);
}

TEST(ReadBrand, SaysWhereItReadWhat) {
    auto readings = words().read_brand(lines({"MADE IN PORTUGAL", "BERSHKA"}));
    ASSERT_EQ(readings.size(), 1u);
    EXPECT_EQ(readings[0].line, 1u);
    EXPECT_EQ(readings[0].text, "bershka");
    EXPECT_EQ(readings[0].closeness, 1);
    EXPECT_TRUE(readings[0].alone);
}

TEST(ReadBrand, SurvivesAnyText) {
    EXPECT_TRUE(words().read_brand({}).empty());
    EXPECT_TRUE(
        words().read_brand(lines({"", " ", "\xff\xfe", "小", "&&&&&", "a b c d e f g h i j k l m n o p q r s t u v w x y z"})).empty());
    std::string long_text(5000, 'z');
    Line line{long_text, 1};
    EXPECT_TRUE(words().read_brand({&line, 1}).empty());
}

}  // namespace
}  // namespace vitrine::catalog
