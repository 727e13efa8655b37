#include "queue/events.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "queue/queue.hpp"
#include "store/temporary.hpp"

namespace vitrine::queue {
namespace {

using store::Transaction;

struct EventsTest : testing::Test {
    ManualClock clock;
    store::TemporaryDatabase database{{Queue::migrations()}};
    Events events{*database, clock};
    WorkspaceId ours = WorkspaceId::make(), theirs = WorkspaceId::make();

    void append(WorkspaceId workspace, std::string_view subject) {
        ASSERT_TRUE(database->write([&](Transaction& tx) {
            return events.append(tx, workspace, "listing.changed", subject, {{"state", "draft"}});
        }));
    }
    std::vector<std::string> subjects(WorkspaceId workspace, std::int64_t after = 0, int limit = 100) {
        std::vector<std::string> found;
        auto read = events.after(workspace, after, limit).value();
        for (const auto& event : read) found.push_back(event.subject);
        return found;
    }
};

TEST_F(EventsTest, a_workspace_reads_its_own_in_order_after_an_id) {
    append(ours, "a");
    append(theirs, "x");
    append(ours, "b");
    append(ours, "c");
    EXPECT_EQ(subjects(ours), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(subjects(theirs), (std::vector<std::string>{"x"}));
    auto first = events.after(ours, 0, 1).value();
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].kind, "listing.changed");
    EXPECT_EQ(first[0].data.at("state"), "draft");
    EXPECT_EQ(first[0].at, clock.now());
    EXPECT_EQ(subjects(ours, first[0].id), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(subjects(ours, events.latest(ours).value()), std::vector<std::string>{});
    EXPECT_EQ(events.latest(WorkspaceId::make()).value(), 0);
}

TEST_F(EventsTest, subscribers_hear_of_commits_alone_and_only_while_they_hold_the_handle) {
    int heard = 0;
    auto subscription = events.subscribe(ours, [&] { ++heard; });
    append(ours, "a");
    EXPECT_EQ(heard, 1);
    append(theirs, "x");
    EXPECT_EQ(heard, 1);
    (void)database->write([&](Transaction& tx) -> Result<void> {
        TRY(events.append(tx, ours, "listing.changed", "b", {}));
        return Error{Kind::invalid, "test.no", "No."};
    });
    EXPECT_EQ(heard, 1);
    subscription.reset();
    append(ours, "c");
    EXPECT_EQ(heard, 1);
}

TEST_F(EventsTest, a_subscriber_can_read_what_it_was_told_of) {
    std::vector<std::string> seen;
    auto subscription = events.subscribe(ours, [&] { seen = subjects(ours); });
    append(ours, "a");
    EXPECT_EQ(seen, (std::vector<std::string>{"a"}));
}

TEST_F(EventsTest, what_is_older_than_a_week_goes_and_who_resumes_from_there_is_told) {
    append(ours, "old");
    append(ours, "old too");
    append(theirs, "quiet since");
    clock.advance(std::chrono::hours{24 * 7 + 1});
    append(ours, "new");
    auto before_new = events.after(ours, 0, 2).value().back().id;
    EXPECT_EQ(events.prune().value(), 3);
    EXPECT_EQ(events.after(ours, 0, 10).error().code, "events.gone");
    EXPECT_EQ(subjects(ours, before_new), (std::vector<std::string>{"new"}));
    EXPECT_GT(events.latest(theirs).value(), 0);  // where to go on from, though nothing is left
    EXPECT_EQ(subjects(theirs, events.latest(theirs).value()), std::vector<std::string>{});
    EXPECT_EQ(events.prune().value(), 0);
}

TEST_F(EventsTest, no_more_than_a_hundred_thousand_are_kept) {
    static constexpr store::Statement many{"test.many", R"(
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100010)
        INSERT INTO events (workspace_id, kind, subject, data, at)
        SELECT CAST(:workspace AS TEXT), 'k', 's', '{}', CAST(:at AS BIGINT) FROM numbers)"};
    ASSERT_TRUE(database->write([&](Transaction& tx) { return tx.execute(many, {ours, clock.now()}); }));
    EXPECT_EQ(events.prune().value(), 10);
}

// A reader asks "after the last that I know" again and again, while others append and take their time to commit. Seen to
// fail on PostgreSQL: without the lock in append.
TEST_F(EventsTest, a_reader_that_goes_on_after_the_last_it_knows_misses_none) {
    constexpr int writers = 4, each = 25;
    std::atomic<int> through = 0;
    std::vector<std::jthread> appending;
    for (int writer = 0; writer < writers; ++writer)
        appending.emplace_back([&, writer] {
            for (int i = 0; i < each; ++i)
                EXPECT_TRUE(database->write([&](Transaction& tx) -> Result<void> {
                    TRY(events.append(tx, ours, "k", fmt::format("{}-{}", writer, i), {}));
                    if (i % 3 == writer % 3) std::this_thread::sleep_for(std::chrono::milliseconds{2});
                    return {};
                }));
            ++through;
        });
    std::set<std::string> seen;
    std::int64_t last = 0;
    while (true) {
        bool is_last_look = through == writers;
        auto found = events.after(ours, last, 1000).value();
        for (const auto& event : found) {
            seen.insert(event.subject);
            last = event.id;
        }
        if (is_last_look) break;
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(writers * each));
}

}  // namespace
}  // namespace vitrine::queue
