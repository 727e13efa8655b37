// What is answered is on the disk, and what need not be does not wait for it. This program's fdatasync, which is how
// SQLite syncs, passes through here and is counted.

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "queue/queue.hpp"
#include "store/temporary.hpp"

namespace {
std::atomic<int> syncs = 0;
}

// Found before the C library's own, because this is the program.
extern "C" int fdatasync(int descriptor) {
    ++syncs;
    return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
extern "C" int fsync(int descriptor) {
    ++syncs;
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace vitrine::queue {
namespace {

using namespace std::chrono_literals;
using store::Transaction;

struct QueueDurability : testing::Test {
    Metrics metrics;
    ManualClock clock;
    store::TemporaryDatabase database{{Queue::migrations()}};
    Queue queue{*database, clock, metrics};
    WorkspaceId workspace = WorkspaceId::make();
    const std::vector<std::string> draft{"draft"};

    void SetUp() override {
        if (database->is_server()) GTEST_SKIP() << "of SQLite's file";
    }
    void enqueue() {
        ASSERT_TRUE(database->write([&](Transaction& tx) { return queue.enqueue(tx, {.workspace = workspace, .kind = "draft"}); }));
    }
    template <class Work>
    static int syncs_of(Work work) {
        auto before = syncs.load();
        work();
        return syncs - before;
    }
};

// Seen to fail: with finish, finish_and_lease or fail unsynced.
TEST_F(QueueDurability, what_is_enqueued_finished_or_failed_is_on_the_disk) {
    for (int i = 0; i < 3; ++i) EXPECT_GT(syncs_of([&] { enqueue(); }), 0);
    std::optional<Lease> next;
    auto first = queue.lease(draft, 30s).value(), second = queue.lease(draft, 30s).value();
    EXPECT_GT(syncs_of([&] { EXPECT_TRUE(queue.finish(*first, nullptr)); }), 0);
    EXPECT_GT(syncs_of([&] { next = queue.finish_and_lease(*second, nullptr, draft, 30s).value(); }), 0);
    ASSERT_TRUE(next);
    EXPECT_GT(syncs_of([&] { EXPECT_TRUE(queue.fail(*next, {Kind::invalid, "test.lasting", "It will not pass."})); }), 0);
}

// Seen to fail: with either synced.
TEST_F(QueueDurability, a_lease_and_its_heartbeat_do_not_wait_for_the_disk) {
    enqueue();
    std::optional<Lease> lease;
    EXPECT_EQ(syncs_of([&] { lease = queue.lease(draft, 30s).value(); }), 0);
    clock.advance(1s);  // else nothing changes, and nothing is written
    EXPECT_EQ(syncs_of([&] { EXPECT_TRUE(queue.extend(*lease, 30s)); }), 0);
}

}  // namespace
}  // namespace vitrine::queue
