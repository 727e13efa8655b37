#include "app/settings.hpp"

#include "app/served_house_for_tests.hpp"

namespace vitrine::app {
namespace {

TEST(Settings, a_database_is_shown_without_who_may_use_it) {
    Settings settings;
    settings.data = "/data";
    EXPECT_EQ(settings.shown_database(), "/data/vitrine.db");
    for (const auto* address : {"postgres://ada:sesame@host:5432/shop", "postgresql://ada:s@same@host:5432/shop?password=sesame",
                                "postgres://host:5432/shop?user=ada&password=ses@me"}) {
        settings.database = address;
        EXPECT_EQ(settings.shown_database(), "postgres://host:5432/shop");
    }
}

Result<void> load(Settings& settings, const std::map<std::string, std::string>& environment) {
    Config config;
    settings.bind(config);
    return config.load("/nowhere/vitrine.toml", false, environment);
}

TEST(Settings, name_the_proxies_that_are_trusted_and_refuse_what_is_no_address) {
    Settings settings;
    EXPECT_TRUE(settings.server_options().trusted_proxies.empty());
    ASSERT_TRUE(load(settings, {{"VITRINE_TRUSTED_PROXIES", "10.0.0.0/8,::1"}}));
    EXPECT_EQ(settings.server_options().trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "::1"}));
    auto refused = load(settings, {{"VITRINE_TRUSTED_PROXIES", "10.0.0.0/8,proxy.example"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().path, "VITRINE_TRUSTED_PROXIES");
    EXPECT_NE(refused.error().message.find("proxy.example"), std::string::npos);
}

// One failed try to sign in is all that an address has, so the second tells whom the server takes for the client.
struct BehindAProxy : ServedHouse {
    BehindAProxy() { settings.auth.sign_in_burst = 1; }

    http::Answer try_to_sign_in(const std::string& name, const std::string& with, const std::string& forwarded_for) {
        auto request =
            sending(http::Method::post, "/api/v1/auth/sign-in", {}, json::print(json::Object{{"name", name}, {"password", with}}));
        request.headers.set("X-Forwarded-For", forwarded_for);
        request.headers.set("X-Forwarded-Proto", "https");
        return client.send(request).value();
    }
    std::string cookie() {
        EXPECT_TRUE(house->accounts->add_person(local, {"Ada"}, {std::string(password)}, auth::Role::owner));
        return std::string(try_to_sign_in("Ada", std::string(password), "192.0.2.9").headers.get("set-cookie"));
    }
};
struct TrustedProxy : BehindAProxy {
    TrustedProxy() { settings.trusted_proxies = {"127.0.0.0/8"}; }
};
struct Stranger : BehindAProxy {
    Stranger() { settings.trusted_proxies = {"10.0.0.0/8"}; }
};

TEST_F(TrustedProxy, says_from_where_the_client_comes) {
    EXPECT_EQ(try_to_sign_in("one", "wrong", "192.0.2.1").status, 401);
    EXPECT_EQ(try_to_sign_in("two", "wrong", "192.0.2.1").status, 429);
    EXPECT_EQ(try_to_sign_in("three", "wrong", "198.51.100.1").status, 401);
}

TEST_F(TrustedProxy, says_that_the_client_came_over_https) {
    const auto made = cookie();
    EXPECT_TRUE(made.starts_with("__Host-vitrine_session=")) << made;
    EXPECT_NE(made.find("; Secure"), std::string::npos);
}

TEST_F(Stranger, cannot_say_from_where_it_comes) {
    EXPECT_EQ(try_to_sign_in("one", "wrong", "192.0.2.1").status, 401);
    EXPECT_EQ(try_to_sign_in("two", "wrong", "198.51.100.1").status, 429);
}

TEST_F(Stranger, cannot_say_that_it_came_over_https) {
    const auto made = cookie();
    EXPECT_TRUE(made.starts_with("vitrine_session=")) << made;
    EXPECT_EQ(made.find("; Secure"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::app
