#include "catalog/size_charts.hpp"

#include <gtest/gtest.h>

#include "catalog/catalog.hpp"

namespace vitrine::catalog {
namespace {

using enum SizeSystem;

std::string converted(std::string_view chart, SizeSystem from, std::string_view value, SizeSystem to) {
    static const Catalog catalog;
    return catalog.convert_size(chart, from, value, to).value_or("none");
}

TEST(SizeCharts, ConvertWomensClothing) {
    EXPECT_EQ(converted("women", it, "44", fr), "40");
    EXPECT_EQ(converted("women", it, "44", de), "38");
    EXPECT_EQ(converted("women", fr, "38", uk), "10");
    EXPECT_EQ(converted("women", de, "38", uk), "12");
    EXPECT_EQ(converted("women", uk, "12", us), "8");
    EXPECT_EQ(converted("women", us, "6", eu), "38");
    EXPECT_EQ(converted("women", es, "42", it), "46");
}

TEST(SizeCharts, ConvertLettersByEachCountrysOwnLadder) {
    EXPECT_EQ(converted("women", letter, "S", eu), "36");
    EXPECT_EQ(converted("women", letter, "S", de), "36");
    EXPECT_EQ(converted("women", letter, "M", it), "42");
    EXPECT_EQ(converted("women", uk, "12", letter), "L");
    EXPECT_EQ(converted("women", eu, "44", letter), "XXL");
}

TEST(SizeCharts, ConvertMensClothing) {
    EXPECT_EQ(converted("men", it, "50", uk), "40");
    EXPECT_EQ(converted("men", letter, "L", it), "50");
    EXPECT_EQ(converted("men_trousers", waist, "W32 L34", it), "48");
    EXPECT_EQ(converted("men_trousers", it, "50", waist), "W34");
    EXPECT_EQ(converted("men_trousers", it, "48", fr), "40");
    EXPECT_EQ(converted("men_collar", cm, "41", inch), "16");
    EXPECT_EQ(converted("men_collar", inch, "15.5", cm), "39");
}

TEST(SizeCharts, ConvertShoes) {
    EXPECT_EQ(converted("women_shoes", eu, "38", uk), "5");
    EXPECT_EQ(converted("women_shoes", eu, "38", us), "7");
    EXPECT_EQ(converted("men_shoes", eu, "43", uk), "9");
    EXPECT_EQ(converted("men_shoes", us, "9", eu), "42");
    EXPECT_EQ(converted("child_shoes", eu, "28", uk), "10");
}

TEST(SizeCharts, ConvertChildrensSizes) {
    EXPECT_EQ(converted("child", age, "6-7", cm), "122");
    EXPECT_EQ(converted("child", age, "6", cm), "116");
    EXPECT_EQ(converted("child", cm, "116", age), "5-6");
    EXPECT_EQ(converted("child", months, "12-18", cm), "86");
}

TEST(SizeCharts, ConvertBras) {
    EXPECT_EQ(converted("bra_band", eu, "75", uk), "34");
    EXPECT_EQ(converted("bra_band", eu, "75", fr), "90");
    EXPECT_EQ(converted("bra_band", it, "2", eu), "75");
    EXPECT_EQ(converted("bra_cup", eu, "E", uk), "DD");
    EXPECT_EQ(converted("bra_cup", eu, "F", us), "DDD");
}

TEST(SizeCharts, HaveNoAnswerRatherThanAWrongOne) {
    EXPECT_EQ(converted("women", eu, "39", uk), "none");
    EXPECT_EQ(converted("child_shoes", uk, "1", eu), "none") << "17 or 33";
    EXPECT_EQ(converted("women_jeans", letter, "M", waist), "none") << "28 or 29";
    EXPECT_EQ(converted("no_chart", eu, "38", uk), "none");
    EXPECT_EQ(converted("women", one_size, "one_size", eu), "none");
    EXPECT_EQ(converted("women", eu, "38", bra), "none");
}

// What goes there and back must come back, or not at all.
TEST(SizeCharts, ComeBackToWhereTheyStarted) {
    for (std::string_view chart : {"women", "men", "men_trousers", "women_shoes", "men_shoes", "bra_band", "bra_cup"})
        for (int size = 0; size < 120; ++size)
            for (SizeSystem from : {eu, fr, es, it, de, uk, us})
                for (SizeSystem to : {eu, fr, es, it, de, uk, us}) {
                    std::string value = std::to_string(size), there = converted(chart, from, value, to);
                    if (there == "none") continue;
                    std::string back = converted(chart, to, there, from);
                    EXPECT_TRUE(back == value || back == "none")
                        << chart << ' ' << name_of(from) << ' ' << value << " -> " << name_of(to) << ' ' << there << " -> " << back;
                }
}

TEST(SizeCharts, AreChosenByTheThingAndItsWearer) {
    EXPECT_EQ(SizeCharts::chart_for(SizeFamily::top, Audience::women), "women");
    EXPECT_EQ(SizeCharts::chart_for(SizeFamily::bottom, Audience::men), "men_trousers");
    EXPECT_EQ(SizeCharts::chart_for(SizeFamily::shoes, Audience::children), "child_shoes");
    EXPECT_EQ(SizeCharts::chart_for(SizeFamily::none, Audience::women), "");
}

}  // namespace
}  // namespace vitrine::catalog
