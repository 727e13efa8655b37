// What ends a sign-in or a key, over the wire: it ends that one, and nobody else's.

#include "app/served_house_for_tests.hpp"

namespace vitrine::app {
namespace {

using http::Method;

struct SignInRoutes : ServedHouse {
    void SetUp() override {
        ServedHouse::SetUp();
        add_callers();
    }
    int me(const CallerCase& who) { return status(Method::get, "/api/v1/me", who); }
};

TEST_F(SignInRoutes, signing_out_ends_that_sign_in_alone) {
    for (const auto* name : {"viewer", "owner"}) {
        const auto here = signed_in_anew(caller(name));
        EXPECT_EQ(status(Method::post, "/api/v1/auth/sign-out", here), 204);
        EXPECT_EQ(me(here), 401);
        EXPECT_EQ(me(caller(name)), 200);
    }
}

TEST_F(SignInRoutes, one_s_own_session_is_ended_from_elsewhere_and_nobody_else_s) {
    const auto session = house->accounts->sign_in("lister", std::string(password), {"127.0.0.1", "test"}).value();
    const CallerCase there{"there", "Cookie", "vitrine_session=" + session.secret, {}};
    const auto path = "/api/v1/me/sessions/" + to_string(session.session.id);
    for (const auto* name : {"owner", "viewer", "other owner"}) EXPECT_EQ(status(Method::del, path, caller(name)), 404) << name;
    EXPECT_EQ(me(there), 200);
    EXPECT_EQ(status(Method::del, path, caller("lister")), 204);
    EXPECT_EQ(me(there), 401);
}

TEST_F(SignInRoutes, ending_all_others_keeps_the_one_that_asks) {
    const auto elsewhere = signed_in_anew(caller("reviewer"));
    EXPECT_EQ(status(Method::post, "/api/v1/me/sessions/revoke-others", caller("reviewer")), 200);
    EXPECT_EQ(me(elsewhere), 401);
    EXPECT_EQ(me(caller("reviewer")), 200);
    EXPECT_EQ(me(caller("viewer")), 200);
}

TEST_F(SignInRoutes, a_new_password_ends_every_other_sign_in_of_that_person) {
    const auto elsewhere = signed_in_anew(caller("lister"));
    const std::string wrong = R"({"current": "not this one", "password": "a new long password"})";
    const std::string right = R"({"current": "correct horse battery", "password": "a new long password"})";
    EXPECT_EQ(status(Method::post, "/api/v1/me/password", caller("lister"), wrong), 401);
    EXPECT_EQ(me(elsewhere), 200);
    EXPECT_EQ(status(Method::post, "/api/v1/me/password", caller("lister"), right), 204);
    EXPECT_EQ(me(caller("lister")), 200);
    EXPECT_EQ(me(elsewhere), 401);
    EXPECT_EQ(me(caller("owner")), 200);
    EXPECT_FALSE(house->accounts->make_tokens("lister", std::string(password), {"127.0.0.1", "test"}));
    EXPECT_TRUE(house->accounts->make_tokens("lister", "a new long password", {"127.0.0.1", "test"}));
}

TEST_F(SignInRoutes, a_key_is_revoked_by_its_maker_or_an_owner_and_nobody_else) {
    for (const auto* revoker : {"lister", "owner"}) {
        SCOPED_TRACE(revoker);
        auto answer = client.send(sending(Method::post, "/api/v1/api-keys", caller("lister"), R"({"name": "phone", "scopes": ["read"]})"));
        ASSERT_TRUE(answer && answer->status == 201) << answer->body;
        const auto made = json::parse(answer->body).value();
        const CallerCase key{"key", "X-API-Key", std::string(made.at("secret").as_string()), {}};
        const auto path = "/api/v1/api-keys/" + std::string(made.at("key").at("id").as_string());
        for (const auto* name : {"viewer", "reviewer", "other owner"}) EXPECT_EQ(status(Method::del, path, caller(name)), 404) << name;
        EXPECT_EQ(status(Method::del, path, key), 403);  // keys manage no keys
        EXPECT_EQ(status(Method::get, "/api/v1/listings", key), 200);
        EXPECT_EQ(status(Method::del, path, caller(revoker)), 204);
        EXPECT_EQ(status(Method::get, "/api/v1/listings", key), 401);
    }
}

}  // namespace
}  // namespace vitrine::app
