// A worker that is killed loses its job to the next, at once when its process can be seen to be gone.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <random>
#include <thread>

#include "queue/queue.hpp"
#include "store/temporary.hpp"

namespace vitrine::queue {
namespace {

using namespace std::chrono_literals;
using store::Transaction;

// A database and a queue of one process. Opened after a fork, never before it.
struct Process {
    explicit Process(const store::TemporaryPlace& place) : database(store::Database::open(place.options()).value()) {
        std::vector<store::Migrations> rooms{Queue::migrations()};
        if (!database->migrate(rooms)) std::abort();
    }
    SystemClock clock;
    Metrics metrics;
    std::unique_ptr<store::Database> database;
    Queue queue{*database, clock, metrics};
};

template <class Work>
pid_t in_child(Work work) {
    auto child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    return child;
}
void kill_nine(pid_t child) {
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
}

const std::vector<std::string> draft{"draft"};
const auto workspace = WorkspaceId::make();

JobId enqueue(Process& process, int attempts_max = 5) {
    NewJob job{.workspace = workspace, .kind = "draft", .attempts_max = attempts_max};
    return process.database->write([&](Transaction& tx) { return process.queue.enqueue(tx, job); }).value();
}

// Seen to fail: when a dead process is not looked for, and when a lease of a living one is taken.
TEST(LostWorker, its_job_is_free_as_soon_as_its_process_is_gone) {
    store::TemporaryPlace place;
    int leased[2];
    ASSERT_EQ(::pipe(leased), 0);
    auto child = in_child([&] {
        Process process(place);
        enqueue(process);
        auto lease = process.queue.lease(draft, 1h).value();
        if (::write(leased[1], &lease->fence, sizeof lease->fence) > 0) ::pause();
    });
    std::int64_t fence = 0;
    ASSERT_EQ(::read(leased[0], &fence, sizeof fence), static_cast<ssize_t>(sizeof fence));

    Process process(place);
    EXPECT_FALSE(process.queue.lease(draft, 1h).value());  // it lives: its hour is respected
    kill_nine(child);
    std::this_thread::sleep_for(600ms);  // how often a queue looks for the lost
    auto lease = process.queue.lease(draft, 1h).value();
    ASSERT_TRUE(lease);
    EXPECT_GT(lease->fence, fence);
    EXPECT_EQ(lease->attempt, 2);
    ::close(leased[0]);
    ::close(leased[1]);
}

// Seen to fail: when lost leases are never taken back, or only when their time is up.
TEST(LostWorker, every_job_is_done_in_the_end_however_often_its_workers_are_killed) {
    store::TemporaryPlace place;
    constexpr int jobs = 150;
    ASSERT_EQ(::waitpid(in_child([&] {
                            Process process(place);
                            for (int i = 0; i < jobs; ++i) enqueue(process, 1000);
                        }),
                        nullptr, 0) > 0,
              true);

    auto seed = std::random_device{}();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 5; ++round) {
        auto child = in_child([&] {
            Process process(place);
            Workers workers(process.queue, process.metrics);
            workers.add("draft", [](const Lease&) -> Result<json::Value> {
                std::this_thread::sleep_for(2ms);
                return json::Value();
            });
            workers.start(3);
            ::pause();
        });
        std::this_thread::sleep_for(std::chrono::milliseconds{std::uniform_int_distribution<int>(5, 80)(random)});
        kill_nine(child);
    }

    Process process(place);
    Workers workers(process.queue, process.metrics);
    workers.add("draft", [](const Lease&) -> Result<json::Value> { return json::Value(); });
    ASSERT_TRUE(workers.drain());
    auto listed = process.database->read([&](Transaction& tx) { return process.queue.list(tx, workspace, {.limit = 2 * jobs}); }).value();
    EXPECT_EQ(listed.size(), static_cast<std::size_t>(jobs));
    for (const auto& job : listed) EXPECT_EQ(job.state, JobState::done) << to_string(job.id);
    if (!place.is_server()) {
        EXPECT_EQ(process.database->check().value(), "ok");
    }
}

// A real process, stopped by the kernel in the middle of its handler, heartbeat and all, for longer than its lease.
// Seen to fail: without the fence in Lease::hold, and without it in finish.
TEST(LostWorker, that_sleeps_beyond_its_lease_can_write_nothing) {
    static constexpr store::Statement make{"test.make", "CREATE TABLE written (by TEXT NOT NULL)"};
    static constexpr store::Statement write{"test.write", "INSERT INTO written (by) VALUES (:by)"};
    static constexpr store::Statement read{"test.read", "SELECT by FROM written"};
    store::TemporaryPlace place;
    int said[2];
    ASSERT_EQ(::pipe(said), 0);
    auto child = in_child([&] {
        Process process(place);
        if (!process.database->write([&](Transaction& tx) { return tx.execute(make); })) std::abort();
        enqueue(process);
        Workers workers(process.queue, process.metrics, 300ms);
        workers.add("draft", [&](const Lease& lease) -> Result<json::Value> {
            ::raise(SIGSTOP);
            auto saved = process.database->write([&](Transaction& tx) -> Result<void> {
                TRY(lease.hold(tx));
                TRY(tx.execute(write, {"the sleeper"}));
                return {};
            });
            if (::write(said[1], saved ? "saved " : "fenced", 6) != 6) std::abort();
            return json::Value("the sleeper");
        });
        (void)workers.drain();
    });
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
    ASSERT_TRUE(WIFSTOPPED(status));

    Process process(place);
    std::optional<Lease> lease;
    while (!lease) {
        lease = process.queue.lease(draft, 1h).value();
        std::this_thread::sleep_for(20ms);
    }
    ::kill(child, SIGCONT);
    std::array<char, 7> words{};
    ASSERT_EQ(::read(said[0], words.data(), 6), 6);
    EXPECT_STREQ(words.data(), "fenced");
    ASSERT_EQ(::waitpid(child, &status, 0), child);  // it has tried to finish, too

    auto saved = process.database->write([&](Transaction& tx) -> Result<void> {
        TRY(lease->hold(tx));
        TRY(tx.execute(write, {"its successor"}));
        return {};
    });
    EXPECT_TRUE(saved);
    EXPECT_TRUE(process.queue.finish(*lease, "its successor"));
    auto rows = process.database->read([&](Transaction& tx) { return tx.rows(read); }).value();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].text("by"), "its successor");
    auto job = process.database->read([&](Transaction& tx) { return process.queue.find(tx, workspace, lease->job); }).value();
    EXPECT_EQ(job.result, json::Value("its successor"));
    ::close(said[0]);
    ::close(said[1]);
}

}  // namespace
}  // namespace vitrine::queue
