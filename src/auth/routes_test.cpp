#include <gtest/gtest.h>

#include "auth/browser.hpp"
#include "auth/testing.hpp"

namespace vitrine::auth {
namespace {

using http::Method;
using http::Response;

struct House {
    World world;
    http::Router router;
    House() { world.accounts.add_routes(router); }

    Response send(Asking asking) { return asking.send(world, router); }
    // As a page does it: with the cookie of its session and its Origin.
    Asking browser(Method method, std::string path, const std::string& secret, std::string body = "") {
        return Asking(method, std::move(path)).cookie(secret).from_page().body(std::move(body));
    }
    std::string owner() {
        if (must(world.accounts.setup_needed())) world.person("Ada", Role::owner);
        return world.signed_in("Ada").secret;
    }
};

json::Object object(const Response& response) {
    return json::parse(std::get<std::string>(response.body)).value().as_object();
}
std::string code(const Response& response) {
    return std::string(object(response).at("code").as_string());
}

std::string cookie_in(const Response& response) {
    auto header = std::string(response.headers.get("set-cookie"));
    auto begin = header.find('=') + 1;
    return header.substr(begin, header.find(';') - begin);
}

TEST(Routes, the_first_run_goes_from_code_to_owner_to_signed_in) {
    House house;
    auto setup_code = must(house.world.accounts.open_setup(house.world.data.path())).value();
    EXPECT_TRUE(object(house.send({Method::get, "/api/v1/setup"})).at("needed").as_bool());
    auto body = json::print(json::Object{{"code", setup_code}, {"name", "Ada"}, {"password", test_password}});
    auto made = house.send(Asking(Method::post, "/api/v1/setup").from_page().body(body));
    ASSERT_EQ(made.status, 201);
    EXPECT_EQ(made.headers.get("cache-control"), "no-store");
    EXPECT_FALSE(object(house.send({Method::get, "/api/v1/setup"})).at("needed").as_bool());

    auto me = object(house.send(Asking(Method::get, "/api/v1/me").cookie(cookie_in(made))));
    EXPECT_EQ(me.at("person").at("name").as_string(), "Ada");
    EXPECT_EQ(me.at("person").at("role").as_string(), "owner");
    EXPECT_EQ(me.at("workspace").at("name").as_string(), "Home");
    EXPECT_EQ(me.at("rights").as_array().size(), 8u);
    EXPECT_EQ(code(house.send(Asking(Method::post, "/api/v1/setup").from_page().body(body))), "auth.setup_done");
}

TEST(Routes, signing_in_replaces_the_session_of_that_browser_and_signing_out_ends_it) {
    House house;
    auto first = house.owner();
    auto body = json::print(json::Object{{"name", "Ada"}, {"password", test_password}});
    auto again = house.send(house.browser(Method::post, "/api/v1/auth/sign-in", first, body));
    ASSERT_EQ(again.status, 200);
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/me").cookie(first))), "auth.revoked");
    auto second = cookie_in(again);
    auto out = house.send(house.browser(Method::post, "/api/v1/auth/sign-out", second));
    EXPECT_EQ(out.status, 204);
    EXPECT_EQ(out.headers.get("set-cookie"), cleared_cookie(false));
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/me").cookie(second))), "auth.revoked");
}

TEST(Routes, a_wrong_password_is_401_and_too_many_are_429_with_a_wait) {
    House house;
    house.owner();
    auto wrong = [&] { return house.send(Asking(Method::post, "/api/v1/auth/sign-in").body(R"({"name":"Ada","password":"wrong"})")); };
    for (int i = 0; i < house.world.settings.sign_in_burst; ++i) EXPECT_EQ(wrong().status, 401);
    auto limited = wrong();
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.headers.get("retry-after"), std::to_string(house.world.settings.sign_in_seconds));
}

TEST(Routes, over_tls_the_cookie_is_a_host_cookie) {
    House house;
    house.owner();
    Asking asking(Method::post, "/api/v1/auth/sign-in");
    asking.request.secure = true;
    auto response = house.send(asking.body(json::print(json::Object{{"name", "Ada"}, {"password", test_password}})));
    auto cookie = response.headers.get("set-cookie");
    EXPECT_TRUE(cookie.starts_with("__Host-vitrine_session="));
    EXPECT_TRUE(cookie.ends_with("; Secure"));
}

TEST(Routes, a_program_signs_in_and_refreshes) {
    House house;
    house.owner();
    auto body = json::print(json::Object{{"name", "Ada"}, {"password", test_password}, {"device", "kitchen camera"}});
    auto tokens = object(house.send(Asking(Method::post, "/api/v1/auth/token").body(body)));
    EXPECT_EQ(tokens.at("token_type").as_string(), "Bearer");
    EXPECT_EQ(tokens.at("expires_in").as_int64(), 900);
    auto access = std::string(tokens.at("access_token").as_string());
    auto sessions = object(house.send(Asking(Method::get, "/api/v1/me/sessions").token(access))).at("sessions").as_array();
    EXPECT_EQ(sessions.at(0).at("device").as_string(), "kitchen camera");
    EXPECT_TRUE(sessions.at(0).at("current").as_bool());

    auto refresh = json::print(json::Object{{"refresh_token", tokens.at("refresh_token")}});
    auto next = house.send(Asking(Method::post, "/api/v1/auth/refresh").body(refresh));
    EXPECT_EQ(next.status, 200);
    auto reused = house.send(Asking(Method::post, "/api/v1/auth/refresh").body(refresh));
    EXPECT_EQ(reused.status, 401);
    EXPECT_EQ(code(reused), "auth.revoked");
}

TEST(Routes, an_invite_link_brings_a_person_in) {
    House house;
    auto owner = house.owner();
    auto made = object(house.send(house.browser(Method::post, "/api/v1/people/invites", owner, R"({"role":"lister"})")));
    auto link = std::string(made.at("link").as_string());
    EXPECT_EQ(link, "http://127.0.0.1:8080/invite#" + std::string(made.at("code").as_string()));
    auto body = json::print(json::Object{{"code", made.at("code")}, {"name", "Bob"}, {"password", test_password}});
    auto joined = house.send(Asking(Method::post, "/api/v1/invites/accept").from_page().body(body));
    ASSERT_EQ(joined.status, 201);
    EXPECT_EQ(object(joined).at("person").at("role").as_string(), "lister");
    auto bob = cookie_in(joined);
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/people").cookie(bob))), "auth.denied");

    auto people = object(house.send(Asking(Method::get, "/api/v1/people").cookie(owner).query("limit", "1")));
    EXPECT_EQ(people.at("people").at(0).at("name").as_string(), "Bob");
    auto rest =
        object(house.send(Asking(Method::get, "/api/v1/people").cookie(owner).query("cursor", std::string(people.at("next").as_string()))));
    EXPECT_EQ(rest.at("people").at(0).at("name").as_string(), "Ada");
    EXPECT_FALSE(rest.contains("next"));

    auto path = "/api/v1/people/" + std::string(people.at("people").at(0).at("id").as_string());
    auto change = [&](const char* version, const char* body) {
        return house.send(house.browser(Method::patch, path, owner, body).header("if-match", version));
    };
    EXPECT_EQ(code(house.send(house.browser(Method::patch, path, owner, R"({"role":"viewer"})"))), "http.if_match");
    auto changed = change("\"1\"", R"({"role":"viewer"})");
    EXPECT_EQ(object(changed).at("role").as_string(), "viewer");
    EXPECT_EQ(changed.headers.get("etag"), "\"2\"");
    auto stale = change("\"1\"", R"({"role":"owner"})");
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(code(stale), "person.changed");
    EXPECT_EQ(change("\"2\"", R"({"role":"viewer"})").headers.get("etag"), "\"2\"") << "nothing changed, so the version stays";
    EXPECT_EQ(object(change("*", R"({"role":"lister"})")).at("version").as_int64(), 3);
    EXPECT_EQ(house.send(house.browser(Method::del, path, owner)).status, 204);
    EXPECT_EQ(house.send(house.browser(Method::del, path, owner)).status, 404);
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/me").cookie(bob))), "auth.revoked");
}

TEST(Routes, a_key_is_shown_once_and_revoked) {
    House house;
    auto owner = house.owner();
    auto made = object(house.send(house.browser(Method::post, "/api/v1/api-keys", owner, R"({"name":"phone","scopes":["admin"]})")));
    auto secret = std::string(made.at("secret").as_string());
    EXPECT_EQ(house.send(Asking(Method::get, "/api/v1/audit").key(secret)).status, 200);
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/me").key(secret))), "auth.denied");
    EXPECT_EQ(code(house.send(Asking(Method::post, "/api/v1/api-keys").key(secret).body(R"({"name":"next","scopes":["admin"]})"))),
              "auth.denied");
    EXPECT_EQ(code(house.send(Asking(Method::post, "/api/v1/people/invites").key(secret).body(R"({"role":"owner"})"))), "auth.denied");

    auto listed = house.send(Asking(Method::get, "/api/v1/api-keys").cookie(owner));
    EXPECT_EQ(std::get<std::string>(listed.body).find(secret), std::string::npos);
    auto path = "/api/v1/api-keys/" + std::string(made.at("key").at("id").as_string());
    EXPECT_EQ(house.send(house.browser(Method::del, path, owner)).status, 204);
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/audit").key(secret))), "auth.revoked");
}

TEST(Routes, bad_bodies_are_named_by_their_path) {
    House house;
    auto owner = house.owner();
    auto refused = [&](std::string path, std::string body) {
        return object(house.send(house.browser(Method::post, std::move(path), owner, std::move(body))));
    };
    EXPECT_EQ(refused("/api/v1/api-keys", "{").at("code").as_string(), "body.malformed");
    EXPECT_EQ(refused("/api/v1/api-keys", R"({"name":"x","scopes":["own"]})").at("path").as_string(), "$.scopes[0]");
    EXPECT_EQ(refused("/api/v1/api-keys", R"({"name":"x","scopes":["read"],"admin":true})").at("path").as_string(), "$.admin");
    EXPECT_EQ(refused("/api/v1/people/invites", R"({})").at("path").as_string(), "$.role");
    EXPECT_EQ(refused("/api/v1/me/password", R"({"current":"x","password":"short"})").at("path").as_string(), "$.password");
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/people").cookie(owner).query("limit", "0"))), "http.query");
    EXPECT_EQ(code(house.send(Asking(Method::get, "/api/v1/people").cookie(owner).query("cursor", "x"))), "http.cursor");
    EXPECT_EQ(house.send(house.browser(Method::del, "/api/v1/api-keys/x", owner)).status, 404);
}

TEST(Routes, a_password_is_changed_and_the_other_places_are_out) {
    House house;
    auto here = house.owner(), there = house.owner();
    auto body = json::print(json::Object{{"current", test_password}, {"password", "another horse"}});
    EXPECT_EQ(house.send(house.browser(Method::post, "/api/v1/me/password", here, body)).status, 204);
    EXPECT_EQ(house.send(Asking(Method::get, "/api/v1/me").cookie(here)).status, 200);
    EXPECT_EQ(house.send(Asking(Method::get, "/api/v1/me").cookie(there)).status, 401);
}

// A row without words or with a name of its own kind would make a poor document and a poor client.
TEST(Routes, every_row_is_described) {
    House house;
    for (const auto& route : house.router.routes()) {
        EXPECT_FALSE(route.words.empty()) << route.path;
        EXPECT_NE(route.operation.find('.'), std::string::npos) << route.path;
        EXPECT_TRUE(route.handler) << route.path;
        bool answers = route.status != 204;
        EXPECT_EQ(!route.answer_schema.is_null(), answers) << route.operation;
        EXPECT_EQ(route.body_kind == http::BodyKind::json, !route.body_schema.is_null()) << route.operation;
    }
}

}  // namespace
}  // namespace vitrine::auth
