#include <gtest/gtest.h>

#include <fstream>

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/id.hpp"
#include "core/utf8.hpp"

namespace vitrine {
namespace {

TEST(Id, later_ids_are_greater_and_read_back) {
    auto earlier = WorkspaceId::make();
    for (int i = 0; i < 10'000; ++i) {
        auto later = WorkspaceId::make();
        ASSERT_LT(earlier, later);
        earlier = later;
    }
    EXPECT_EQ(WorkspaceId::parse(to_string(earlier)).value(), earlier);
    EXPECT_EQ(to_string(earlier)[14], '7');
    EXPECT_FALSE(WorkspaceId::parse("019a7b1c-2f00-7abc-8def-0123456789ag"));
}

TEST(Time, is_written_and_read_as_rfc3339_in_utc) {
    auto time = parse_time("2026-11-21T12:32:46.5+01:00");
    ASSERT_TRUE(time);
    EXPECT_EQ(to_string(*time), "2026-11-21T11:32:46.500Z");
    for (auto bad : {"2026-02-30T00:00:00Z", "2026-11-21", "2026-11-21T25:00:00Z", "2026-11-21T11:32:46"})
        EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(Utf8, overlong_surrogate_and_cut_forms_are_not_valid) {
    EXPECT_EQ(utf8::length("naïve ☕"), 7u);
    for (auto bad : {"\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xff"}) EXPECT_FALSE(utf8::length(bad));
    EXPECT_EQ(utf8::prefix("☕☕☕", 2), "☕☕");
}

TEST(Config, environment_beats_file_beats_default_and_a_bad_value_names_its_line) {
    std::int64_t photos_max = 20, body_max = 1;
    Config config;
    config.whole("listing.photos_max", photos_max, 1, 100, "Photos a listing takes.");
    config.whole("http.body_max", body_max, 1, 100, "Bytes.");
    auto file = std::filesystem::temp_directory_path() / "vitrine_config_test.toml";
    std::ofstream(file) << "[listing]\nphotos_max = 7\n[http]\nbody_max = 9\n";
    ASSERT_TRUE(config.load(file, true, {{"VITRINE_HTTP_BODY_MAX", "11"}}));
    EXPECT_EQ(photos_max, 7);
    EXPECT_EQ(body_max, 11);

    std::ofstream(file) << "[listing]\nphotos_max = 700\n";
    auto bad = config.load(file, true, {});
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().path, file.string() + ":2");
    std::ofstream(file) << "[listing]\nfotos = 7\n";
    EXPECT_EQ(config.load(file, true, {}).error().code, "config.unknown");
    std::filesystem::remove(file);
}

TEST(Config, a_default_file_that_cannot_be_looked_for_is_not_there) {
    std::int64_t photos_max = 20;
    Config config;
    config.whole("listing.photos_max", photos_max, 1, 100, "Photos a listing takes.");
    EXPECT_TRUE(config.load("/tmp/" + std::string(300, 'x'), false, {}));  // too long a name for any folder
    EXPECT_EQ(photos_max, 20);
}

TEST(Config, a_list_is_an_array_in_the_file_and_separated_by_commas_in_the_environment) {
    std::vector<std::string> proxies;
    Config config;
    config.list("proxies", proxies, "Proxies.", [](const std::vector<std::string>& texts) -> Result<void> {
        for (const auto& text : texts)
            if (text == "bad") return Error{Kind::invalid, "test.bad", "\"bad\" is no proxy", ""};
        return {};
    });
    auto file = std::filesystem::temp_directory_path() / "vitrine_config_list_test.toml";
    std::ofstream(file) << "proxies = [\"10.0.0.1\", \"10.1.0.0/16\"]\n";
    ASSERT_TRUE(config.load(file, true, {}));
    EXPECT_EQ(proxies, (std::vector<std::string>{"10.0.0.1", "10.1.0.0/16"}));
    ASSERT_TRUE(config.load(file, true, {{"VITRINE_PROXIES", " a , b,,"}}));
    EXPECT_EQ(proxies, (std::vector<std::string>{"a", "b"}));
    ASSERT_TRUE(config.load(file, true, {{"VITRINE_PROXIES", ""}}));
    EXPECT_TRUE(proxies.empty());

    std::ofstream(file) << "\nproxies = [\"fine\", \"bad\"]\n";
    auto bad = config.load(file, true, {});
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().path, file.string() + ":2");
    std::ofstream(file) << "proxies = [\"fine\", 7]\n";
    EXPECT_FALSE(config.load(file, true, {}));  // a number is no text
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace vitrine
