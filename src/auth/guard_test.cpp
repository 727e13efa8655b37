#include "auth/guard.hpp"

#include <gtest/gtest.h>

#include "auth/testing.hpp"

namespace vitrine::auth {
namespace {

using namespace std::chrono_literals;
using http::Method;

Asking get() {
    return {Method::get, "/api/v1/things"};
}
Asking post() {
    return {Method::post, "/api/v1/things"};
}

TEST(Guard, nobody_passes_open_routes_alone) {
    World world;
    EXPECT_EQ(get().admitted_to(world, Right::open), "");
    EXPECT_EQ(post().admitted_to(world, Right::open), "");
    for (auto right : {Right::signed_in, Right::read, Right::upload, Right::write, Right::review, Right::admin, Right::owner})
        EXPECT_EQ(get().admitted_to(world, right), "auth.required") << json::enum_name(right);
    EXPECT_EQ(get().header("authorization", "Basic YWRhOmFkYQ==").admitted_to(world, Right::read), "auth.required");
}

TEST(Guard, roles_and_scopes_pass_as_the_tables_say) {
    World world;
    world.person("owner", Role::owner);
    auto rights = rights_of(Role::owner);
    for (auto role : {Role::owner, Role::reviewer, Role::lister, Role::viewer}) {
        std::string name(json::enum_name(role));
        if (role != Role::owner) world.person(name, role);
        auto secret = world.signed_in(name).secret;
        auto token = must(world.accounts.make_tokens(name, std::string(test_password), world.client)).access_token;
        for (auto right : rights) {
            auto want = allows(role, right) ? "" : "auth.denied";
            EXPECT_EQ(get().cookie(secret).admitted_to(world, right), want) << name << " " << json::enum_name(right);
            EXPECT_EQ(get().token(token).admitted_to(world, right), want) << name << " " << json::enum_name(right);
        }
    }
    for (auto scope : {Scope::upload, Scope::read, Scope::write, Scope::admin}) {
        auto key = must(world.accounts.make_key(world.caller("owner"), Name(std::string(json::enum_name(scope))), {scope}));
        for (auto right : rights)
            EXPECT_EQ(get().key(key.secret).admitted_to(world, right), allows(scope, right) ? "" : "auth.denied")
                << json::enum_name(scope) << " " << json::enum_name(right);
    }
}

TEST(Guard, says_who_calls) {
    World world;
    auto ada = world.person("Ada", Role::lister);
    auto asking = get().cookie(world.signed_in("Ada").secret);
    EXPECT_EQ(asking.admitted_to(world, Right::read), "");
    EXPECT_EQ(asking.request.who().person, ada.id);
    EXPECT_EQ(asking.request.who().workspace, world.workspace);

    auto open = get().cookie(world.signed_in("Ada").secret);  // an open route knows its visitor too
    EXPECT_EQ(open.admitted_to(world, Right::open), "");
    EXPECT_TRUE(open.request.caller);
    auto stale = get().cookie("stale");
    EXPECT_EQ(stale.admitted_to(world, Right::open), "");
    EXPECT_FALSE(stale.request.caller);
    auto refused = get().cookie(world.signed_in("Ada").secret);
    EXPECT_EQ(refused.admitted_to(world, Right::owner), "auth.denied");
}

TEST(Guard, a_credential_that_is_no_longer_good_is_named) {
    World world;
    world.person("Ada", Role::owner);
    auto ada = world.caller("Ada");
    auto key = must(world.accounts.make_key(ada, "phone", {Scope::read}));
    must(world.accounts.make_key(ada, "other", {Scope::read}));
    auto tokens = must(world.accounts.make_tokens("Ada", std::string(test_password), world.client));
    EXPECT_TRUE(world.accounts.revoke_key(ada, key.key.id));
    world.clock.advance(15min);
    EXPECT_EQ(get().key(key.secret).admitted_to(world, Right::read), "auth.revoked");
    EXPECT_EQ(get().key("vit_wrong").admitted_to(world, Right::read), "auth.unknown_key");
    EXPECT_EQ(get().key("").admitted_to(world, Right::read), "auth.unknown_key");
    EXPECT_EQ(get().token(tokens.access_token).admitted_to(world, Right::read), "auth.expired");
    EXPECT_EQ(get().token("vat_wrong").admitted_to(world, Right::read), "auth.bad_token");
    EXPECT_EQ(get().cookie("wrong").admitted_to(world, Right::read), "auth.required");
}

TEST(Guard, the_first_credential_counts_and_a_key_beside_a_cookie_is_no_browser) {
    World world;
    world.person("Ada", Role::owner);
    auto key = must(world.accounts.make_key(world.caller("Ada"), "phone", {Scope::upload})).secret;
    auto cookie = world.signed_in("Ada").secret;
    EXPECT_EQ(post().key(key).cookie(cookie).admitted_to(world, Right::upload), "");
    EXPECT_EQ(get().key(key).cookie(cookie).admitted_to(world, Right::read), "auth.denied");
    EXPECT_EQ(get().key("vit_wrong").cookie(cookie).admitted_to(world, Right::read), "auth.unknown_key");
}

TEST(Guard, unsafe_cookie_requests_come_from_our_own_page) {
    World world;
    world.person("Ada", Role::owner);
    auto cookie = world.signed_in("Ada").secret;
    for (auto method : {Method::post, Method::put, Method::patch, Method::del}) {
        auto asking = [&] { return Asking(method, "/api/v1/things").cookie(cookie); };
        EXPECT_EQ(asking().from_page().admitted_to(world, Right::write), "");
        EXPECT_EQ(asking().from_page("https://vitrine.example").admitted_to(world, Right::write), "");  // public_url
        EXPECT_EQ(asking().admitted_to(world, Right::write), "auth.origin");
        EXPECT_EQ(asking().from_page("http://127.0.0.1:8081").admitted_to(world, Right::write), "auth.origin");
        EXPECT_EQ(asking().from_page("https://evil.example").admitted_to(world, Right::write), "auth.origin");
        EXPECT_EQ(asking().from_page("null").admitted_to(world, Right::write), "auth.origin");
    }
    EXPECT_EQ(get().cookie(cookie).admitted_to(world, Right::read), "");
    EXPECT_EQ(get().cookie(cookie).from_page("https://evil.example").admitted_to(world, Right::read), "");  // SameSite and CORS hold this
}

TEST(Guard, a_websocket_counts_as_unsafe) {
    World world;
    world.person("Ada", Role::owner);
    auto cookie = world.signed_in("Ada").secret;
    EXPECT_EQ(get().cookie(cookie).from_page().admitted_to(world, Right::read, true), "");
    EXPECT_EQ(get().cookie(cookie).admitted_to(world, Right::read, true), "auth.origin");
    EXPECT_EQ(get().cookie(cookie).from_page("https://evil.example").admitted_to(world, Right::read, true), "auth.origin");
    auto token = must(world.accounts.make_tokens("Ada", std::string(test_password), world.client)).access_token;
    EXPECT_EQ(get().token(token).admitted_to(world, Right::read, true), "");
}

TEST(Guard, a_foreign_page_cannot_sign_its_visitor_in) {
    World world;
    EXPECT_EQ(post().from_page("https://evil.example").admitted_to(world, Right::open), "auth.origin");
    EXPECT_EQ(post().cookie("stale").admitted_to(world, Right::open), "auth.origin");
    EXPECT_EQ(post().cookie("stale").from_page().admitted_to(world, Right::open), "");
    EXPECT_EQ(post().admitted_to(world, Right::open), "");  // curl
}

TEST(Guard, each_caller_has_a_limit_of_its_own) {
    auto settings = World::cheap();
    settings.requests_per_second = 1;
    settings.requests_burst = 3;
    settings.anonymous_per_second = 1;
    settings.anonymous_burst = 2;
    World world(settings);
    world.person("Ada", Role::owner);
    auto cookie = world.signed_in("Ada").secret;
    auto token = must(world.accounts.make_tokens("Ada", std::string(test_password), world.client)).access_token;
    auto key = must(world.accounts.make_key(world.caller("Ada"), "phone", {Scope::read})).secret;
    EXPECT_EQ(get().cookie(cookie).admitted_to(world, Right::read), "");
    EXPECT_EQ(get().cookie(cookie).admitted_to(world, Right::read), "");
    EXPECT_EQ(get().token(token).admitted_to(world, Right::read), "");  // the same person
    EXPECT_EQ(get().cookie(cookie).admitted_to(world, Right::read), "auth.rate");
    EXPECT_EQ(get().cookie(cookie).admitted_to(world, Right::open), "auth.rate");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(get().key(key).admitted_to(world, Right::read), "");
    EXPECT_EQ(get().key(key).admitted_to(world, Right::read), "auth.rate");
    EXPECT_EQ(get().admitted_to(world, Right::open), "");
    EXPECT_EQ(get().key("vit_wrong").admitted_to(world, Right::read), "auth.unknown_key");  // a wrong credential is a stranger's
    EXPECT_EQ(get().admitted_to(world, Right::open), "auth.rate");

    http::Route route;
    auto limited = world.guard.admit(get().cookie(cookie).request, route);
    EXPECT_EQ(limited.error().retry_after_seconds, 1);
    world.clock.advance(1s);
    EXPECT_EQ(get().cookie(cookie).admitted_to(world, Right::read), "");
    EXPECT_EQ(get().admitted_to(world, Right::open), "");
}

TEST(Guard, counts_what_it_refuses_by_code) {
    World world;
    EXPECT_EQ(get().admitted_to(world, Right::read), "auth.required");
    EXPECT_NE(world.metrics.text().find("vitrine_auth_refused_total{code=\"auth.required\"} 1"), std::string::npos) << world.metrics.text();
}

TEST(Check, a_long_connection_hears_of_a_revocation) {
    World world;
    world.person("Ada", Role::owner);
    auto bob = world.person("Bob", Role::reviewer);
    auto ada = world.caller("Ada"), caller = world.caller("Bob");
    auto key = must(world.accounts.make_key(ada, "phone", {Scope::read}));
    auto program = must(world.accounts.identify_key(key.secret)).caller;
    EXPECT_TRUE(world.accounts.check(caller, Right::review));
    EXPECT_TRUE(world.accounts.check(program, Right::read));
    EXPECT_EQ(world.accounts.check(program, Right::write).error().code, "auth.denied");
    EXPECT_TRUE(world.accounts.check(local_caller(world.workspace), Right::owner));

    must(world.accounts.change_role(ada, bob.id, Role::viewer));
    EXPECT_EQ(world.accounts.check(caller, Right::review).error().code, "auth.denied");
    EXPECT_TRUE(world.accounts.revoke_key(ada, key.key.id));
    EXPECT_EQ(world.accounts.check(program, Right::read).error().code, "auth.revoked");
    EXPECT_TRUE(world.accounts.remove_person(ada, bob.id));
    EXPECT_EQ(world.accounts.check(caller, Right::read).error().code, "auth.revoked");
}

}  // namespace
}  // namespace vitrine::auth
