#include "core/json.hpp"

#include <gtest/gtest.h>

namespace vitrine::json {
namespace {

enum class Shade { light, dark };
BOOST_DESCRIBE_ENUM(Shade, light, dark)

struct Lamp {
    Text<1, 8> name;
    std::optional<Bounded<1, 100>> watts;
    std::vector<Shade> shades;
    std::optional<Money> price;
};
BOOST_DESCRIBE_STRUCT(Lamp, (), (name, watts, shades, price))

struct Change {
    std::optional<Nullable<std::string>> note;
};
BOOST_DESCRIBE_STRUCT(Change, (), (note))

TEST(Json, a_struct_survives_the_round_trip_and_absent_optionals_are_left_out) {
    auto lamp = read_text<Lamp>(R"({"name":"desk","shades":["dark","light"],"price":{"amount":1250,"currency":"EUR"}})");
    ASSERT_TRUE(lamp) << lamp.error().message;
    EXPECT_FALSE(lamp->watts);
    EXPECT_EQ(print(write(*lamp)), R"({"name":"desk","shades":["dark","light"],"price":{"amount":1250,"currency":"EUR"}})");
}

TEST(Json, an_error_names_the_place_by_its_path) {
    auto path = [](std::string_view text) { return read_text<Lamp>(text).error().path; };
    EXPECT_EQ(path(R"({"name":"desk","shades":["dark","dim"]})"), "$.shades[1]");
    EXPECT_EQ(path(R"({"name":"desk","shades":[],"colour":1})"), "$.colour");
    EXPECT_EQ(path(R"({"shades":[]})"), "$.name");
    EXPECT_EQ(path(R"({"name":"","shades":[]})"), "$.name");
    EXPECT_EQ(path(R"({"name":"desk","shades":[],"watts":101})"), "$.watts");
    EXPECT_EQ(path(R"({"name":"desk","shades":[],"watts":1.5})"), "$.watts");
    EXPECT_EQ(path(R"({"name":"desk","shades":[],"price":{"amount":1,"currency":"eur"}})"), "$.price.currency");
}

TEST(Json, reals_are_written_the_short_way_and_read_back_the_same) {
    EXPECT_EQ(print(Array{0.75, 1.0, 0.1, 1e-9, 123456789.25}), "[0.75,1,0.1,1e-09,123456789.25]");
    for (double real : {0.1, 1.0 / 3, 9.999978191368464e-1, -2.5e300}) EXPECT_EQ(read_text<double>(print(Value(real))).value(), real);
}

TEST(Json, null_clears_and_absence_leaves) {
    EXPECT_FALSE(read_text<Change>("{}")->note);
    auto cleared = read_text<Change>(R"({"note":null})");
    ASSERT_TRUE(cleared->note);
    EXPECT_FALSE(cleared->note->value);
    EXPECT_EQ(read_text<Change>(R"({"note":"x"})")->note->value, "x");
}

TEST(Json, malformed_deep_and_trailing_input_is_refused_in_words) {
    for (std::string text :
         {std::string("{"), std::string("{} {}"), std::string("nul"), std::string(), std::string(40, '['), std::string("\"\xff\"")})
        EXPECT_EQ(parse(text).error().code, "body.malformed") << text;
}

TEST(Json, the_schema_says_what_the_reader_checks) {
    EXPECT_EQ(
        print(schema<Lamp>()),
        R"({"title":"JsonLamp","type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":8},"watts":{"type":"integer","minimum":1,"maximum":100},)"
        R"("shades":{"type":"array","items":{"title":"JsonShade","type":"string","enum":["light","dark"]}},"price":{"type":"object","required":["amount","currency"],)"
        R"("additionalProperties":false,"properties":{"amount":{"type":"integer","description":"minor units: 1250 is 12.50 EUR"},)"
        R"("currency":{"type":"string","pattern":"^[A-Z]{3}$"}}}},"additionalProperties":false,"required":["name","shades"]})");
}

}  // namespace
}  // namespace vitrine::json
