#include "auth/audit.hpp"

#include <gtest/gtest.h>

#include "auth/testing.hpp"
#include "core/log.hpp"

namespace vitrine::auth {
namespace {

TEST(Audit, tells_who_did_what_with_which_credential_and_request) {
    World world;
    auto ada = world.person("Ada", Role::owner);
    auto caller = world.caller("Ada");
    {
        log::Context request("request-7");
        must(world.accounts.change_role(caller, world.person("Bob", Role::viewer).id, Role::lister));
    }
    auto rows = must(world.accounts.audit(world.workspace, {1, std::nullopt}, std::nullopt));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].action, "person.role_changed");
    EXPECT_EQ(rows[0].actor, "Ada");
    EXPECT_EQ(rows[0].person, ada.id);
    EXPECT_EQ(rows[0].credential, caller.credential);
    EXPECT_EQ(rows[0].at, world.clock.now());
    EXPECT_EQ(rows[0].request_id, "request-7");
    EXPECT_EQ(json::print(rows[0].detail), R"({"from":"viewer","to":"lister"})");
}

TEST(Audit, a_row_goes_with_the_transaction_that_wrote_it) {
    World world;
    auto before = must(world.accounts.audit(world.workspace, {}, std::nullopt)).size();
    auto failed = world.database->write([&](store::Transaction& tx) -> Result<void> {
        TRY(world.audit.write(tx, local_caller(world.workspace), "test.done", "thing"));
        return Error{Kind::conflict, "test.changed", "It changed meanwhile."};
    });
    EXPECT_FALSE(failed);
    EXPECT_EQ(must(world.accounts.audit(world.workspace, {}, std::nullopt)).size(), before);
}

TEST(Audit, is_read_by_page_by_subject_and_by_workspace) {
    World world;
    auto elsewhere = must(world.accounts.create_workspace("Elsewhere"));
    must(world.database->write([&](store::Transaction& tx) -> Result<bool> {
        for (const char* subject : {"boots", "hat", "boots"})
            TRY(world.audit.write(tx, local_caller(world.workspace), "test.sold", subject));
        TRY(world.audit.write(tx, local_caller(elsewhere), "test.sold", "boots"));
        return true;
    }));
    EXPECT_EQ(must(world.accounts.audit(world.workspace, {}, "boots")).size(), 2u);
    EXPECT_EQ(must(world.accounts.audit(elsewhere, {}, "boots")).size(), 1u);
    auto newest = must(world.accounts.audit(world.workspace, {2, std::nullopt}, std::nullopt));
    ASSERT_EQ(newest.size(), 2u);
    EXPECT_EQ(newest[0].subject, "boots");
    EXPECT_EQ(newest[1].subject, "hat");
    auto older = must(world.accounts.audit(world.workspace, {2, to_string(newest[1].id)}, std::nullopt));
    ASSERT_EQ(older.size(), 2u);
    EXPECT_EQ(older[0].subject, "boots");
    EXPECT_EQ(older[1].action, "workspace.created");
}

}  // namespace
}  // namespace vitrine::auth
