// What a lease costs while many jobs wait that it does not take: counted in steps and rows, not in time.

#include <gtest/gtest.h>

#include "queue/queue.hpp"
#include "store/counted_steps.hpp"
#include "store/temporary.hpp"

namespace vitrine::queue {
namespace {

using namespace std::chrono_literals;
using store::Statement;
using store::Transaction;

struct Backlog : testing::Test {
    store::CountedSteps steps;  // before the database is opened
    Metrics metrics;
    ManualClock clock;
    store::TemporaryDatabase database{{Queue::migrations()}};
    Queue queue{*database, clock, metrics};
    WorkspaceId workspace = WorkspaceId::make(), other = WorkspaceId::make();
    const std::vector<std::string> kinds{"draft"};

    // What was read since the last call.
    std::int64_t read_since() {
        if (!database->is_server()) return store::CountedSteps::taken();
        static constexpr Statement flush{"test.flush", "SELECT pg_stat_force_next_flush() IS NULL AS flushed"};
        static constexpr Statement rows{"test.rows_read", R"(
            SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'jobs' AND schemaname = current_schema()) +
                   (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'jobs' AND schemaname = current_schema()) AS n)"};
        // One after the other, so on one connection: what it has not yet told is told at the end of the first.
        EXPECT_TRUE(database->read([](Transaction& tx) { return tx.rows(flush); }));
        auto now = database->read([](Transaction& tx) { return tx.row_or(rows, {}, "", ""); }).value().whole("n");
        return now - std::exchange(read_before_, now);
    }

    // One job from its enqueueing to its end, with the looks that are made when there is nothing to do.
    std::int64_t one_job() {
        read_since();
        EXPECT_TRUE(database->write([&](Transaction& tx) { return queue.enqueue(tx, {.workspace = workspace, .kind = "draft"}); }));
        auto lease = queue.lease(kinds, 30s).value();
        EXPECT_TRUE(lease);
        EXPECT_FALSE(queue.finish_and_lease(*lease, nullptr, kinds, 30s).value());
        return read_since();
    }

    void add_waiting(int jobs) {
        ASSERT_TRUE(database->write([&](Transaction& tx) -> Result<void> {
            for (int i = 0; i < jobs; ++i) {
                TRY(queue.enqueue(tx, {.workspace = workspace, .kind = "held"}));
                TRY(queue.enqueue(tx, {.workspace = other, .kind = "draft", .not_before = clock.now() + 24h}));
            }
            return {};
        }));
    }

private:
    std::int64_t read_before_ = 0;
};

// Seen to fail on PostgreSQL: when queue_step asked for min(not_before), which a plan made for an empty table walks for.
TEST_F(Backlog, of_jobs_that_are_held_or_for_later_is_not_walked_over) {
    one_job();  // prepares the statements, when they are cheap to plan badly
    auto alone = one_job();
    add_waiting(3'000);
    one_job();
    auto behind = one_job();
    EXPECT_GT(alone, 0);
    EXPECT_LT(behind, alone + alone / 2 + 50) << "alone " << alone;
}

TEST_F(Backlog, of_jobs_of_one_s_own_kind_is_not_walked_over) {
    auto lease_one = [&] {
        read_since();
        EXPECT_TRUE(queue.lease(kinds, 30s).value());
        return read_since();
    };
    auto enqueue = [&](int jobs) {
        ASSERT_TRUE(database->write([&](Transaction& tx) -> Result<void> {
            for (int i = 0; i < jobs; ++i) TRY(queue.enqueue(tx, {.workspace = i % 2 == 0 ? workspace : other, .kind = "draft"}));
            return {};
        }));
    };
    enqueue(8);
    for (int i = 0; i < 4; ++i) lease_one();
    auto alone = lease_one();
    enqueue(6'000);
    lease_one();
    auto behind = lease_one();
    EXPECT_LT(behind, alone + alone / 2 + 50) << "alone " << alone;
}

}  // namespace
}  // namespace vitrine::queue
