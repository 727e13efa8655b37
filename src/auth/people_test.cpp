#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "auth/testing.hpp"

namespace vitrine::auth {
namespace {

using std::chrono::days;

const NewPassword password{std::string(test_password)};

TEST(People, the_last_owner_stays_one) {
    World world;
    auto ada = world.person("Ada", Role::owner);
    auto bob = world.person("Bob", Role::reviewer);
    auto owner = world.caller("Ada");
    EXPECT_EQ(world.accounts.change_role(owner, ada.id, Role::viewer).error().code, "auth.last_owner");
    EXPECT_EQ(world.accounts.remove_person(owner, ada.id).error().code, "auth.last_owner");
    EXPECT_TRUE(world.accounts.change_role(owner, ada.id, Role::owner));

    EXPECT_EQ(must(world.accounts.change_role(owner, bob.id, Role::owner)).role, Role::owner);
    EXPECT_TRUE(world.accounts.remove_person(owner, ada.id));
    EXPECT_EQ(world.accounts.remove_person(world.caller("Bob"), bob.id).error().code, "auth.last_owner");
}

TEST(People, an_owner_elsewhere_does_not_count_as_one_here) {
    World world;
    auto elsewhere = must(world.accounts.create_workspace("Elsewhere"));
    auto ada = world.person("Ada", Role::owner);
    world.person_in(elsewhere, "Eve", Role::owner);
    EXPECT_EQ(world.accounts.remove_person(world.caller("Ada"), ada.id).error().code, "auth.last_owner");
}

TEST(People, a_role_counts_from_the_next_request_on) {
    World world;
    world.person("Ada", Role::owner);
    auto bob = world.person("Bob", Role::reviewer);
    auto session = world.signed_in("Bob");
    EXPECT_TRUE(must(world.accounts.identify_session(session.secret)).may(Right::review));
    must(world.accounts.change_role(world.caller("Ada"), bob.id, Role::viewer));
    EXPECT_FALSE(must(world.accounts.identify_session(session.secret)).may(Right::review));
}

TEST(People, a_removed_person_is_out_everywhere_and_the_name_is_free) {
    World world;
    world.person("Ada", Role::owner);
    auto bob = world.person("Bob", Role::owner);
    auto session = world.signed_in("Bob");
    auto tokens = must(world.accounts.make_tokens("Bob", std::string(test_password), world.client));
    auto caller = must(world.accounts.identify_session(session.secret)).caller;
    auto key = must(world.accounts.make_key(caller, "phone", {Scope::upload}));
    auto invite = must(world.accounts.invite(caller, Role::owner));

    auto ada = world.caller("Ada");
    EXPECT_TRUE(world.accounts.remove_person(ada, bob.id));
    EXPECT_EQ(world.accounts.identify_session(session.secret).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.identify_token(tokens.access_token).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.refresh(tokens.refresh_token).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.identify_key(key.secret).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.accept_invite(invite.code, "Eve", password, world.client).error().code, "auth.invite");
    EXPECT_EQ(world.accounts.sign_in("Bob", std::string(test_password), world.client).error().code, "auth.wrong_password");
    EXPECT_EQ(world.accounts.remove_person(ada, bob.id).error().code, "auth.person_not_found");
    EXPECT_EQ(must(world.accounts.people(world.workspace, {})).size(), 1u);
    EXPECT_TRUE(world.accounts.add_person(ada, "bob", password, Role::viewer));
}

TEST(People, another_workspaces_people_are_not_found) {
    World world;
    auto elsewhere = must(world.accounts.create_workspace("Elsewhere"));
    world.person("Ada", Role::owner);
    auto eve = world.person_in(elsewhere, "Eve", Role::viewer);
    auto ada = world.caller("Ada");
    EXPECT_EQ(world.accounts.find_person(world.workspace, eve.id).error().kind, Kind::not_found);
    EXPECT_EQ(world.accounts.change_role(ada, eve.id, Role::owner).error().code, "auth.person_not_found");
    EXPECT_EQ(world.accounts.remove_person(ada, eve.id).error().code, "auth.person_not_found");
    EXPECT_EQ(world.accounts.reset_password(ada, "Eve", password).error().code, "auth.person_not_found");
    auto invite = must(world.accounts.invite(world.caller("Eve"), Role::viewer));
    EXPECT_EQ(world.accounts.revoke_invite(ada, invite.invite.id).error().code, "auth.invite_not_found");
    EXPECT_TRUE(must(world.accounts.invites(world.workspace, {})).empty());
}

TEST(People, names_are_unique_and_none_is_one_of_the_audit_log) {
    World world;
    world.person("Ada", Role::owner);
    auto local = local_caller(world.workspace);
    auto code = [&](const char* name) {
        auto added = world.accounts.add_person(local, Name(name), password, Role::viewer);
        return added ? std::string() : added.error().code;
    };
    EXPECT_EQ(code("ADA"), "auth.name_taken");
    EXPECT_EQ(code("  ada  "), "auth.name_taken");
    EXPECT_EQ(code("   "), "auth.name");
    EXPECT_EQ(code("two\nlines"), "auth.name");
    EXPECT_EQ(code("Local"), "auth.name");
    EXPECT_EQ(code("key:phone"), "auth.name");
    EXPECT_EQ(code("Zoë 🌸"), "");
    EXPECT_EQ(code("Zoë"), "");
}

TEST(People, come_page_by_page_the_newest_first) {
    World world;
    for (const char* name : {"a", "b", "c"}) world.person(name, Role::viewer);
    auto first = must(world.accounts.people(world.workspace, {2, std::nullopt}));
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0].name, "c");
    auto second = must(world.accounts.people(world.workspace, {2, to_string(first[1].id)}));
    ASSERT_EQ(second.size(), 1u);
    EXPECT_EQ(second[0].name, "a");
    EXPECT_EQ(world.accounts.people(world.workspace, {2, "no id"}).error().code, "http.cursor");
}

TEST(Invite, makes_one_person_with_its_role_once) {
    World world;
    world.person("Ada", Role::owner);
    auto made = must(world.accounts.invite(world.caller("Ada"), Role::reviewer));
    EXPECT_EQ(made.invite.made_by, "Ada");
    auto joined = must(world.accounts.accept_invite(made.code, "Bob", password, world.client));
    EXPECT_EQ(joined.person.role, Role::reviewer);
    EXPECT_EQ(must(world.accounts.identify_session(joined.secret)).caller.workspace, world.workspace);
    EXPECT_EQ(world.accounts.accept_invite(made.code, "Eve", password, world.client).error().code, "auth.invite");
}

TEST(Invite, a_taken_name_does_not_use_it_up) {
    World world;
    world.person("Ada", Role::owner);
    auto made = must(world.accounts.invite(world.caller("Ada"), Role::lister));
    EXPECT_EQ(world.accounts.accept_invite(made.code, "ada", password, world.client).error().code, "auth.name_taken");
    EXPECT_TRUE(world.accounts.accept_invite(made.code, "Bob", password, world.client));
}

TEST(Invite, ends_after_seven_days_or_when_revoked) {
    World world;
    world.person("Ada", Role::owner);
    auto ada = world.caller("Ada");
    auto old = must(world.accounts.invite(ada, Role::lister));
    world.clock.advance(days{7} - std::chrono::milliseconds{1});
    auto revoked = must(world.accounts.invite(ada, Role::lister));
    EXPECT_EQ(must(world.accounts.invites(world.workspace, {})).size(), 2u);
    world.clock.advance(std::chrono::milliseconds{1});
    EXPECT_TRUE(world.accounts.revoke_invite(ada, revoked.invite.id));
    EXPECT_TRUE(must(world.accounts.invites(world.workspace, {})).empty());
    for (const auto& code : {old.code, revoked.code, std::string("made up")})
        EXPECT_EQ(world.accounts.accept_invite(code, "Bob", password, world.client).error().code, "auth.invite");
}

TEST(Invite, goes_with_the_role_that_could_make_it) {
    World world;
    world.person("Ada", Role::owner);
    auto bob = world.person("Bob", Role::owner);
    auto made = must(world.accounts.invite(world.caller("Bob"), Role::owner));
    must(world.accounts.change_role(world.caller("Ada"), bob.id, Role::viewer));
    EXPECT_EQ(world.accounts.accept_invite(made.code, "Bob again", password, world.client).error().code, "auth.invite");
}

TEST(Invite, brings_in_one_of_several_who_come_at_once) {
    auto settings = World::cheap();
    settings.password_waiting_max = 8;
    World world(settings);
    auto made = must(world.accounts.invite(local_caller(world.workspace), Role::lister));
    std::atomic<int> joined{0};
    {
        std::vector<std::jthread> people;
        for (const char* name : {"Bob", "Cleo", "Dan", "Eve"})
            people.emplace_back([&, name] { joined += world.accounts.accept_invite(made.code, name, password, world.client).has_value(); });
    }
    EXPECT_EQ(joined, 1);
    EXPECT_EQ(must(world.accounts.people(world.workspace, {})).size(), 1u);
}

TEST(Invite, codes_cannot_be_guessed_at_will) {
    World world;
    for (int i = 0; i < world.settings.sign_in_burst; ++i)
        EXPECT_EQ(world.accounts.accept_invite("guess", "Bob", password, world.client).error().code, "auth.invite");
    EXPECT_EQ(world.accounts.accept_invite("guess", "Bob", password, world.client).error().code, "auth.rate");
}

}  // namespace
}  // namespace vitrine::auth
