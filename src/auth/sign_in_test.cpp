#include <gtest/gtest.h>

#include "auth/testing.hpp"

namespace vitrine::auth {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

const std::string right(test_password);

// --- browsers

TEST(SignIn, gives_a_session_that_says_who_and_where) {
    World world;
    auto ada = world.person("Ada", Role::lister);
    auto made = must(world.accounts.sign_in("ada", right, world.client));  // names have no ASCII case
    EXPECT_EQ(made.person.id, ada.id);
    EXPECT_EQ(made.session.device, "Firefox on Linux");
    auto identity = must(world.accounts.identify_session(made.secret));
    EXPECT_EQ(identity.caller.workspace, world.workspace);
    EXPECT_EQ(identity.caller.person, ada.id);
    EXPECT_EQ(identity.caller.name, "Ada");
    EXPECT_EQ(identity.caller.credential, to_string(made.session.id));
    EXPECT_TRUE(identity.may(Right::write));
    EXPECT_FALSE(identity.may(Right::review));
}

TEST(SignIn, says_the_same_for_a_wrong_password_and_an_unknown_name) {
    World world;
    world.person("Ada", Role::owner);
    auto wrong = world.accounts.sign_in("Ada", "wrong password", world.client);
    auto unknown = world.accounts.sign_in("Eve", right, world.client);
    EXPECT_EQ(wrong.error().code, "auth.wrong_password");
    EXPECT_EQ(unknown.error().code, wrong.error().code);
    EXPECT_EQ(unknown.error().message, wrong.error().message);
}

TEST(SignIn, a_name_runs_out_of_tries_wherever_they_come_from) {
    World world;
    world.person("Ada", Role::owner);
    for (int i = 0; i < world.settings.sign_in_burst; ++i) {
        Client client{"192.0.2." + std::to_string(i), ""};
        EXPECT_EQ(world.accounts.sign_in("Ada", "wrong password", client).error().code, "auth.wrong_password");
    }
    Client elsewhere{"198.51.100.1", ""};
    auto limited = world.accounts.sign_in("ADA ", right, elsewhere);
    EXPECT_EQ(limited.error().code, "auth.rate");
    EXPECT_EQ(limited.error().retry_after_seconds, world.settings.sign_in_seconds);
    world.clock.advance(std::chrono::seconds{limited.error().retry_after_seconds});
    EXPECT_TRUE(world.accounts.sign_in("Ada", right, elsewhere));
}

TEST(SignIn, an_address_runs_out_of_tries_whatever_the_name) {
    World world;
    world.person("Ada", Role::owner);
    for (int i = 0; i < world.settings.sign_in_burst; ++i)
        EXPECT_EQ(world.accounts.sign_in("name " + std::to_string(i), right, world.client).error().code, "auth.wrong_password");
    EXPECT_EQ(world.accounts.sign_in("Ada", right, world.client).error().code, "auth.rate");
    EXPECT_TRUE(world.accounts.sign_in("Ada", right, Client{"198.51.100.1", ""}));
}

TEST(SignIn, the_right_password_costs_no_try) {
    World world;
    world.person("Ada", Role::owner);
    for (int i = 0; i < 3 * world.settings.sign_in_burst; ++i) EXPECT_TRUE(world.accounts.sign_in("Ada", right, world.client));
}

TEST(SignIn, hashes_the_password_again_when_the_settings_ask_for_more) {
    World world;
    world.person("Ada", Role::owner);
    static constexpr store::Statement sql{"test.hash", "SELECT password_hash FROM people"};
    auto hash = [&] {
        return must(
            world.database->read([](store::Transaction& tx) -> Result<std::string> { return TRY(tx.row(sql))->text("password_hash"); }));
    };
    EXPECT_NE(hash().find("t=1"), std::string::npos);
    world.settings.password_passes = 2;
    EXPECT_TRUE(world.accounts.sign_in("Ada", right, world.client));
    EXPECT_NE(hash().find("t=2"), std::string::npos);
    EXPECT_TRUE(world.accounts.sign_in("Ada", right, world.client));
}

TEST(Session, ends_when_it_is_not_used_and_slides_while_it_is) {
    World world;
    world.person("Ada", Role::owner);
    auto secret = world.signed_in("Ada").secret;
    for (int i = 0; i < 5; ++i) {
        world.clock.advance(days{29});
        EXPECT_TRUE(world.accounts.identify_session(secret)) << i;
    }
    world.clock.advance(days{30});
    EXPECT_EQ(world.accounts.identify_session(secret).error().code, "auth.expired");
}

TEST(Session, ends_after_half_a_year_however_much_it_is_used) {
    World world;
    world.person("Ada", Role::owner);
    auto secret = world.signed_in("Ada").secret;
    for (int day = 0; day < 179; ++day) {
        world.clock.advance(days{1});
        ASSERT_TRUE(world.accounts.identify_session(secret)) << day;
    }
    world.clock.advance(days{1});
    EXPECT_EQ(world.accounts.identify_session(secret).error().code, "auth.expired");
}

TEST(Session, is_kept_only_as_a_hash) {
    World world;
    world.person("Ada", Role::owner);
    auto secret = world.signed_in("Ada").secret;
    static constexpr store::Statement sql{"test.secrets", "SELECT count(*) AS n FROM sessions WHERE secret_hash = :secret"};
    auto found =
        must(world.database->read([&](store::Transaction& tx) -> Result<std::int64_t> { return TRY(tx.row(sql, {secret}))->whole("n"); }));
    EXPECT_EQ(found, 0);
    EXPECT_EQ(world.accounts.identify_session("made up").error().code, "auth.required");
}

TEST(Session, is_listed_by_device_and_revoked_one_by_one_or_all_but_this) {
    World world;
    world.person("Ada", Role::owner);
    world.person("Bob", Role::lister);
    auto here = world.signed_in("Ada");
    auto phone = must(world.accounts.sign_in("Ada", right, {"192.0.2.8", "Safari on iPhone"}));
    auto program = must(world.accounts.make_tokens("Ada", right, {"192.0.2.9", "curl"}));
    auto bob = world.signed_in("Bob");
    auto ada = must(world.accounts.identify_session(here.secret)).caller;

    auto sessions = must(world.accounts.sessions(ada, {}));
    ASSERT_EQ(sessions.size(), 3u);
    EXPECT_EQ(sessions[0].device, "curl");
    EXPECT_EQ(sessions[0].kind, SessionKind::program);
    EXPECT_EQ(sessions[1].device, "Safari on iPhone");
    EXPECT_FALSE(sessions[1].current);
    EXPECT_TRUE(sessions[2].current);

    EXPECT_EQ(world.accounts.revoke_session(ada, bob.session.id).error().code, "auth.session_not_found");
    EXPECT_TRUE(world.accounts.revoke_session(ada, phone.session.id));
    EXPECT_EQ(world.accounts.revoke_session(ada, phone.session.id).error().code, "auth.session_not_found");
    EXPECT_EQ(world.accounts.identify_session(phone.secret).error().code, "auth.revoked");

    EXPECT_EQ(must(world.accounts.revoke_other_sessions(ada)), 1);
    EXPECT_EQ(world.accounts.identify_token(program.access_token).error().code, "auth.revoked");
    EXPECT_TRUE(world.accounts.identify_session(here.secret));
    EXPECT_TRUE(world.accounts.identify_session(bob.secret));
}

TEST(Password, changing_it_signs_out_everywhere_else) {
    World world;
    world.person("Ada", Role::owner);
    auto here = world.signed_in("Ada"), there = world.signed_in("Ada");
    auto ada = must(world.accounts.identify_session(here.secret)).caller;
    EXPECT_EQ(world.accounts.change_password(ada, "wrong password", NewPassword("another horse"), world.client).error().code,
              "auth.wrong_password");
    EXPECT_TRUE(world.accounts.change_password(ada, right, NewPassword("another horse"), world.client));
    EXPECT_TRUE(world.accounts.identify_session(here.secret));
    EXPECT_EQ(world.accounts.identify_session(there.secret).error().code, "auth.revoked");
    EXPECT_FALSE(world.accounts.sign_in("Ada", right, world.client));
    EXPECT_TRUE(world.accounts.sign_in("Ada", "another horse", world.client));
}

TEST(Password, a_stolen_session_cannot_guess_it) {
    World world;
    world.person("Ada", Role::owner);
    auto ada = world.caller("Ada");
    for (int i = 0; i < world.settings.sign_in_burst; ++i)
        EXPECT_FALSE(world.accounts.change_password(ada, "wrong password", NewPassword("another horse"), world.client));
    EXPECT_EQ(world.accounts.change_password(ada, right, NewPassword("another horse"), world.client).error().code, "auth.rate");
}

TEST(Password, resetting_it_signs_out_everywhere) {
    World world;
    world.person("Ada", Role::owner);
    auto session = world.signed_in("Ada");
    auto fresh = Accounts::make_password();
    EXPECT_TRUE(world.accounts.reset_password(local_caller(world.workspace), "ada", NewPassword(fresh)));
    EXPECT_EQ(world.accounts.identify_session(session.secret).error().code, "auth.revoked");
    EXPECT_TRUE(world.accounts.sign_in("Ada", fresh, world.client));
    EXPECT_EQ(world.accounts.reset_password(local_caller(world.workspace), "eve", NewPassword(fresh)).error().code,
              "auth.person_not_found");
}

// --- programs

TEST(Token, is_short_and_refreshed) {
    World world;
    world.person("Ada", Role::reviewer);
    auto first = must(world.accounts.make_tokens("Ada", right, world.client));
    EXPECT_EQ(first.expires_in, 900);
    EXPECT_TRUE(must(world.accounts.identify_token(first.access_token)).may(Right::review));
    world.clock.advance(15min);
    EXPECT_EQ(world.accounts.identify_token(first.access_token).error().code, "auth.expired");
    auto second = must(world.accounts.refresh(first.refresh_token));
    EXPECT_TRUE(world.accounts.identify_token(second.access_token));
    EXPECT_NE(second.refresh_token, first.refresh_token);
    EXPECT_EQ(world.accounts.identify_token(first.access_token).error().code, "auth.expired");
}

TEST(Token, using_a_refresh_token_twice_revokes_all_that_came_of_it) {
    World world;
    world.person("Ada", Role::reviewer);
    auto other = must(world.accounts.make_tokens("Ada", right, world.client));
    auto first = must(world.accounts.make_tokens("Ada", right, world.client));
    auto second = must(world.accounts.refresh(first.refresh_token));
    EXPECT_TRUE(world.accounts.identify_token(second.access_token));

    EXPECT_EQ(world.accounts.refresh(first.refresh_token).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.identify_token(second.access_token).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.identify_token(first.access_token).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.refresh(second.refresh_token).error().code, "auth.revoked");
    EXPECT_TRUE(world.accounts.refresh(other.refresh_token));  // another sign-in is another family
    auto rows = must(world.accounts.audit(world.workspace, {}, std::nullopt));
    EXPECT_TRUE(std::ranges::any_of(rows, [](const auto& row) { return row.action == "session.reuse_revoked"; }));
}

TEST(Token, of_the_wrong_kind_is_not_known) {
    World world;
    world.person("Ada", Role::reviewer);
    auto tokens = must(world.accounts.make_tokens("Ada", right, world.client));
    EXPECT_EQ(world.accounts.identify_token(tokens.refresh_token).error().code, "auth.bad_token");
    EXPECT_EQ(world.accounts.refresh(tokens.access_token).error().code, "auth.bad_token");
    EXPECT_EQ(world.accounts.refresh("vrt_made_up").error().code, "auth.bad_token");
    EXPECT_TRUE(world.accounts.refresh(tokens.refresh_token));
}

TEST(Token, a_refresh_token_left_lying_ends_with_its_session) {
    World world;
    world.person("Ada", Role::reviewer);
    auto tokens = must(world.accounts.make_tokens("Ada", right, world.client));
    world.clock.advance(days{30});
    EXPECT_EQ(world.accounts.refresh(tokens.refresh_token).error().code, "auth.expired");
}

TEST(Purge, forgets_what_ended_and_nothing_else) {
    World world;
    world.person("Ada", Role::reviewer);
    auto old = must(world.accounts.make_tokens("Ada", right, world.client));
    world.clock.advance(days{61});
    auto fresh = must(world.accounts.make_tokens("Ada", right, world.client));
    EXPECT_TRUE(world.accounts.purge());
    EXPECT_EQ(world.accounts.refresh(old.refresh_token).error().code, "auth.bad_token");
    EXPECT_TRUE(world.accounts.refresh(fresh.refresh_token));
}

}  // namespace
}  // namespace vitrine::auth
