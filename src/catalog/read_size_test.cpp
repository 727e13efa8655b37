#include "catalog/read_size.hpp"

#include <gtest/gtest.h>

#include "catalog/catalog.hpp"

namespace vitrine::catalog {
namespace {

const Catalog& words() {
    static const Catalog catalog;
    return catalog;
}

// What is read, joined by commas; a '?' behind what needs a second sign.
std::string sizes(std::initializer_list<const char*> texts) {
    std::vector<Line> lines;
    for (const char* text : texts) lines.push_back({text, 0.95f});
    std::string said;
    for (const SizeReading& reading : words().read_size(lines))
        said += (said.empty() ? "" : ", ") + reading.display + (reading.needs_second_sign ? "?" : "");
    return said;
}

TEST(ReadSize, ReadsWhatASizeWordAnnounces) {
    EXPECT_EQ(sizes({"SIZE M"}), "M");
    EXPECT_EQ(sizes({"Size: XL"}), "XL");
    EXPECT_EQ(sizes({"SIZE X-LARGE"}), "XL");
    EXPECT_EQ(sizes({"SIZE S/M"}), "S/M");
    EXPECT_EQ(sizes({"TAGLIA 42"}), "IT 42");
    EXPECT_EQ(sizes({"TG. 44"}), "IT 44");
    EXPECT_EQ(sizes({"TAILLE 38"}), "FR 38");
    EXPECT_EQ(sizes({"Größe 40"}), "DE 40");
    EXPECT_EQ(sizes({"GR. 40"}), "DE 40");
    EXPECT_EQ(sizes({"TALLA L"}), "L");
    EXPECT_EQ(sizes({"T. 38"}), "38");
    EXPECT_EQ(sizes({"SIZE/TAILLE/TAGLIA M"}), "M");
    EXPECT_EQ(sizes({"SIZE 10"}), "10");
    EXPECT_EQ(sizes({"SIZE 37.5"}), "37.5");
    EXPECT_EQ(sizes({"SIZE 34B"}), "34B");
    EXPECT_EQ(sizes({"SIZE 110"}), "110 cm");
    EXPECT_EQ(sizes({"SIZEXL"}), "XL") << "readers lose spaces";
}

TEST(ReadSize, ReadsWhatTheLineAboveAnnounces) {
    EXPECT_EQ(sizes({"SIZE", "M"}), "M");
    EXPECT_EQ(sizes({"TAGLIA", "42"}), "IT 42");
    EXPECT_EQ(sizes({"SIZE / TAILLE", "38"}), "38");
}

TEST(ReadSize, ReadsTheCountryAboveItsNumber) {
    EXPECT_EQ(sizes({"EU", "38"}), "EU 38");
    EXPECT_EQ(sizes({"UK", "6", "MADE IN INDIA"}), "UK 6") << "and never a bare 6";
    EXPECT_EQ(sizes({"IT", "44"}), "IT 44?") << "an ordinary word above a number proves what it proves beside one";
    EXPECT_EQ(sizes({"EU", "38", "UK", "10"}), "EU 38, UK 10");
    EXPECT_EQ(sizes({"MEX", "28"}), "") << "a country that is read past takes its number along";
    EXPECT_EQ(sizes({"it", "44"}), "44?") << "small letters are a word";
    EXPECT_EQ(sizes({"E", "38"}), "38?");
    EXPECT_EQ(sizes({"US", "85"}), "") << "no American size";
    EXPECT_EQ(sizes({"MADE IN INDIA", "38", "FR", "QUIKSILVER"}), "FR 38?") << "upside down";
}

TEST(ReadSize, ReadsACountryBehindASizeWord) {
    EXPECT_EQ(sizes({"SIZE IT 44"}), "IT 44");
    EXPECT_EQ(sizes({"SIZE: US 6"}), "US 6");
    EXPECT_EQ(sizes({"TAGLIA EU 38"}), "EU 38");
    EXPECT_EQ(sizes({"SIZE MEX 28"}), "") << "not even 28";
}

TEST(ReadSize, ReadsWaistOverLength) {
    EXPECT_EQ(sizes({"W33", "L32"}), "W33 L32");
    EXPECT_EQ(sizes({"W 33", "L 32"}), "W33 L32");
    EXPECT_EQ(sizes({"W33", "100% COTTON"}), "W33?");
    EXPECT_EQ(sizes({"W33", "L2"}), "W33?");
    EXPECT_EQ(sizes({"L32", "W33"}), "W33 L32") << "upside down";
}

TEST(ReadSize, LetsAgeAndHeightProveEachOther) {
    EXPECT_EQ(sizes({"12 A", "152 CM"}), "12 years, 152 cm");
    EXPECT_EQ(sizes({"152 CM", "12 A"}), "152 cm, 12 years") << "labels are photographed upside down";
    EXPECT_EQ(sizes({"3 A", "152 CM"}), "3 years?, 152 cm?") << "no child";
}

TEST(ReadSize, TakesNoWashingTubForASize) {
    EXPECT_EQ(sizes({"U", "100% COTTON"}), "");
    EXPECT_EQ(sizes({"TU"}), "One size?");
}

TEST(ReadSize, ReadsCountries) {
    EXPECT_EQ(sizes({"EU 38"}), "EU 38");
    EXPECT_EQ(sizes({"EUR 42"}), "EU 42");
    EXPECT_EQ(sizes({"EUR38"}), "EU 38");
    EXPECT_EQ(sizes({"UK 10"}), "UK 10");
    EXPECT_EQ(sizes({"UK 5½"}), "UK 5.5");
    EXPECT_EQ(sizes({"UK 5 1/2"}), "UK 5.5");
    EXPECT_EQ(sizes({"38 EU"}), "EU 38");
    EXPECT_EQ(sizes({"EU 36/38"}), "EU 36/38");
    EXPECT_EQ(sizes({"EU 38 UK 10 US 6"}), "EU 38, UK 10, US 6");
    EXPECT_EQ(sizes({"IT 44 FR 40 DE 38"}), "IT 44, FR 40, DE 38");
    EXPECT_EQ(sizes({"EUR 38", "US 8", "MEX 28"}), "EU 38, US 8");
    EXPECT_EQ(sizes({"SIZE EU 38"}), "EU 38");
    EXPECT_EQ(sizes({"E 40", "F 40", "I 44", "D 38"}), "ES 40, FR 40, IT 44, DE 38");
    EXPECT_EQ(sizes({"EU 4O"}), "EU 40") << "O for 0";
    EXPECT_EQ(sizes({"EU 3B"}), "EU 38") << "B for 8";
}

TEST(ReadSize, DoubtsACountryThatIsAlsoAWord) {
    EXPECT_EQ(sizes({"US 8"}), "US 8?");
    EXPECT_EQ(sizes({"IT 44"}), "IT 44?");
    EXPECT_EQ(sizes({"give us 8 more"}), "");
    EXPECT_EQ(sizes({"I 44"}), "");
    EXPECT_EQ(sizes({"LET IT 40"}), "");
}

TEST(ReadSize, ReadsWaistAndLength) {
    EXPECT_EQ(sizes({"W32 L34"}), "W32 L34");
    EXPECT_EQ(sizes({"W32L34"}), "W32 L34");
    EXPECT_EQ(sizes({"W 32 / L 34"}), "W32 L34");
    EXPECT_EQ(sizes({"W:32 L:34"}), "W32 L34");
    EXPECT_EQ(sizes({"32W 34L"}), "W32 L34");
    EXPECT_EQ(sizes({"WAIST 32 LENGTH 34"}), "W32 L34");
    EXPECT_EQ(sizes({"W32"}), "W32?");
    EXPECT_EQ(sizes({"32/34"}), "W32 L34?");
    EXPECT_EQ(sizes({"34/32"}), "W34 L32?");
    EXPECT_EQ(sizes({"36/38"}), "36/38?") << "two European sizes";
}

TEST(ReadSize, ReadsChildrensSizes) {
    EXPECT_EQ(sizes({"104-110 cm"}), "104-110 cm");
    EXPECT_EQ(sizes({"6-7 years"}), "6-7 years");
    EXPECT_EQ(sizes({"6-7 ANNI"}), "6-7 years");
    EXPECT_EQ(sizes({"AGE 6-7"}), "6-7 years");
    EXPECT_EQ(sizes({"12-18 MONTHS"}), "12-18 months");
    EXPECT_EQ(sizes({"3/6 MESI"}), "3-6 months");
    EXPECT_EQ(sizes({"6A"}), "6 years?");
    EXPECT_EQ(sizes({"6A 116 CM"}), "6 years, 116 cm");
    EXPECT_EQ(sizes({"110/116"}), "110-116 cm?");
    EXPECT_EQ(sizes({"18M"}), "18 months?");
    EXPECT_EQ(sizes({"AGES 3+"}), "") << "a toy's";
    EXPECT_EQ(sizes({"100 cm"}), "") << "no child's size";
    EXPECT_EQ(sizes({"25 years of rock"}), "");
}

TEST(ReadSize, DoubtsLoneLettersAndBareNumbers) {
    EXPECT_EQ(sizes({"S"}), "S?");
    EXPECT_EQ(sizes({"M"}), "M?");
    EXPECT_EQ(sizes({"XL"}), "XL?");
    EXPECT_EQ(sizes({"2XL"}), "XXL?");
    EXPECT_EQ(sizes({"MEDIUM"}), "M?");
    EXPECT_EQ(sizes({"38"}), "38?");
    EXPECT_EQ(sizes({"75B"}), "75B?");
    EXPECT_EQ(sizes({"TU"}), "One size?");
    EXPECT_EQ(sizes({"ONE SIZE"}), "One size");
    EXPECT_EQ(sizes({"TAGLIA UNICA"}), "One size");
}

TEST(ReadSize, DoubtsInitialsAndGrams) {
    EXPECT_EQ(sizes({"T.M"}), "M?");
    EXPECT_EQ(sizes({"GR 38"}), "DE 38?");
}

TEST(ReadSize, ReadsNothingWhereThereIsNone) {
    for (auto text : {"I'M",        "THE SMALL PRINT", "EUR 42,99", "42,99 €",   "60% COTTON", "WASH AT 40°", "40 °C", "2020/08/08 08:54",
                      "SIZE GUIDE", "SIZES",           "A",         "1974",      "85 & 90",    "NO 5",        "m",     "RN 54163",
                      "Tel. 38 44", "XLVIII",          "100%",      "EST. 1985", "US VITTON 8"})
        EXPECT_EQ(sizes({text}), "") << text;
}

TEST(ReadSize, SurvivesAnyText) {
    EXPECT_EQ(sizes({"", " ", "\xff", "小", "/////", "SIZE", "W", "EU", "-", "%%%", "W/L", "EU EU EU", "SIZE SIZE"}), "");
}

TEST(SizeText, SpeaksTheListingsLanguage) {
    EXPECT_EQ(size_text(SizeSystem::age, "6-7", Language::it), "6-7 anni");
    EXPECT_EQ(size_text(SizeSystem::one_size, "one_size", Language::fr), "Taille unique");
    EXPECT_EQ(size_text(SizeSystem::eu, "38", Language::de), "EU 38");
}

}  // namespace
}  // namespace vitrine::catalog
