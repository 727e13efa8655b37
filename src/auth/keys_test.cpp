#include <gtest/gtest.h>

#include "auth/testing.hpp"

namespace vitrine::auth {
namespace {

using namespace std::chrono_literals;

TEST(Key, does_what_its_scopes_say_and_is_no_person) {
    World world;
    world.person("Ada", Role::owner);
    auto made = must(world.accounts.make_key(world.caller("Ada"), "phone", {Scope::upload, Scope::read, Scope::upload}));
    EXPECT_EQ(made.key.scopes, (std::vector{Scope::upload, Scope::read}));
    EXPECT_EQ(made.key.made_by, "Ada");
    auto identity = must(world.accounts.identify_key(made.secret));
    EXPECT_EQ(identity.caller.person, std::nullopt);
    EXPECT_EQ(identity.caller.name, "key:phone");
    EXPECT_EQ(identity.caller.credential, to_string(made.key.id));
    EXPECT_TRUE(identity.may(Right::upload));
    EXPECT_TRUE(identity.may(Right::read));
    EXPECT_FALSE(identity.may(Right::write));
    EXPECT_FALSE(identity.may(Right::signed_in));
}

TEST(Key, never_reviews_or_owns_though_its_maker_does) {
    World world;
    world.person("Ada", Role::owner);
    auto identity = must(world.accounts.identify_key(must(world.accounts.make_key(world.caller("Ada"), "all", {Scope::admin})).secret));
    EXPECT_TRUE(identity.may(Right::admin));
    EXPECT_FALSE(identity.may(Right::review));
    EXPECT_FALSE(identity.may(Right::owner));
}

TEST(Key, is_limited_to_what_its_maker_may_do_then_and_today) {
    World world;
    world.person("Ada", Role::owner);
    auto bob = world.person("Bob", Role::lister);
    EXPECT_EQ(world.accounts.make_key(world.caller("Bob"), "x", {Scope::admin}).error().code, "auth.scope");
    auto key = must(world.accounts.make_key(world.caller("Bob"), "x", {Scope::write}));
    EXPECT_TRUE(must(world.accounts.identify_key(key.secret)).may(Right::write));
    must(world.accounts.change_role(world.caller("Ada"), bob.id, Role::viewer));
    EXPECT_FALSE(must(world.accounts.identify_key(key.secret)).may(Right::write));
    EXPECT_TRUE(must(world.accounts.identify_key(key.secret)).may(Right::read));
    EXPECT_EQ(world.accounts.make_key(world.caller("Bob"), "y", {Scope::upload}).error().code, "auth.scope");
    EXPECT_EQ(world.accounts.make_key(world.caller("Bob"), "y", {}).error().code, "auth.scope");
}

TEST(Key, of_the_command_line_has_its_scopes_alone) {
    World world;
    auto key = must(world.accounts.make_key(local_caller(world.workspace), "importer", {Scope::admin}));
    EXPECT_EQ(key.key.made_by, "local");
    EXPECT_TRUE(must(world.accounts.identify_key(key.secret)).may(Right::admin));
}

TEST(Key, wrong_unknown_and_revoked_are_told_apart) {
    World world;
    world.person("Ada", Role::owner);
    auto ada = world.caller("Ada");
    auto key = must(world.accounts.make_key(ada, "phone", {Scope::upload}));
    auto mistyped = key.secret;
    mistyped.back() = mistyped.back() == 'a' ? 'b' : 'a';
    EXPECT_EQ(world.accounts.identify_key(mistyped).error().code, "auth.unknown_key");
    EXPECT_EQ(world.accounts.identify_key("").error().code, "auth.unknown_key");
    EXPECT_TRUE(world.accounts.revoke_key(ada, key.key.id));
    EXPECT_EQ(world.accounts.identify_key(key.secret).error().code, "auth.revoked");
    EXPECT_EQ(world.accounts.revoke_key(ada, key.key.id).error().code, "auth.key_not_found");
    EXPECT_TRUE(must(world.accounts.keys(ada, {})).empty());
}

TEST(Key, ones_own_are_seen_and_revoked_and_an_owner_has_all) {
    World world;
    auto elsewhere = must(world.accounts.create_workspace("Elsewhere"));
    world.person("Ada", Role::owner);
    world.person("Bob", Role::lister);
    world.person_in(elsewhere, "Eve", Role::owner);
    auto ada = world.caller("Ada"), bob = world.caller("Bob"), eve = world.caller("Eve");
    auto of_ada = must(world.accounts.make_key(ada, "of ada", {Scope::read})).key;
    auto of_bob = must(world.accounts.make_key(bob, "of bob", {Scope::read})).key;
    EXPECT_EQ(must(world.accounts.keys(ada, {})).size(), 2u);
    EXPECT_EQ(must(world.accounts.keys(bob, {})).size(), 1u);
    EXPECT_EQ(must(world.accounts.keys(eve, {})).size(), 0u);
    EXPECT_EQ(world.accounts.revoke_key(bob, of_ada.id).error().code, "auth.key_not_found");
    EXPECT_EQ(world.accounts.revoke_key(eve, of_ada.id).error().code, "auth.key_not_found");
    EXPECT_TRUE(world.accounts.revoke_key(ada, of_bob.id));
}

TEST(Key, notes_its_use_once_a_minute) {
    World world;
    world.person("Ada", Role::owner);
    auto ada = world.caller("Ada");
    auto secret = must(world.accounts.make_key(ada, "phone", {Scope::upload})).secret;
    auto used = [&] { return must(world.accounts.keys(ada, {})).front().last_used_at; };
    EXPECT_EQ(used(), std::nullopt);
    auto first = world.clock.now();
    must(world.accounts.identify_key(secret));
    world.clock.advance(59s);
    must(world.accounts.identify_key(secret));
    EXPECT_EQ(used(), first);
    world.clock.advance(1s);
    must(world.accounts.identify_key(secret));
    EXPECT_EQ(used(), world.clock.now());
}

TEST(Key, a_workspace_holds_only_so_many) {
    auto settings = World::cheap();
    settings.keys_max = 2;
    World world(settings);
    auto local = local_caller(world.workspace);
    must(world.accounts.make_key(local, "a", {Scope::read}));
    auto second = must(world.accounts.make_key(local, "b", {Scope::read}));
    EXPECT_EQ(world.accounts.make_key(local, "c", {Scope::read}).error().code, "auth.keys_max");
    EXPECT_TRUE(world.accounts.revoke_key(local, second.key.id));
    EXPECT_TRUE(world.accounts.make_key(local, "c", {Scope::read}));
}

}  // namespace
}  // namespace vitrine::auth
