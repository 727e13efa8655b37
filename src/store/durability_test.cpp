// What was answered is on the disk, and what was not answered is there whole or not at all. Of SQLite: on PostgreSQL the
// whole program is tried, tests/faults/postgres_faults.py.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "store/database.hpp"
#include "store/faulty_disk.hpp"
#include "store/temporary.hpp"

namespace vitrine::store {
namespace {

constexpr EmbeddedFile files[] = {
    {"migrations/0001_pairs.sql",
     "CREATE TABLE lefts (id BIGINT PRIMARY KEY, filler TEXT NOT NULL); CREATE TABLE rights (id BIGINT PRIMARY KEY);"}};
const std::vector<Migrations> pairs{{"pairs", files}};

constexpr Statement left_sql{"pairs.left", "INSERT INTO lefts (id, filler) VALUES (:id, :filler)"};
constexpr Statement right_sql{"pairs.right", "INSERT INTO rights (id) VALUES (:id)"};
constexpr Statement whole_sql{"pairs.whole", "SELECT id FROM lefts INTERSECT SELECT id FROM rights"};
constexpr Statement half_sql{"pairs.half",
                             "SELECT count(*) AS n FROM (SELECT id FROM lefts UNION SELECT id FROM rights) AS everything "
                             "WHERE id NOT IN (SELECT id FROM lefts INTERSECT SELECT id FROM rights)"};

Result<void> put(Database& database, std::int64_t id, std::string filler = "x") {
    return database.write([&](Transaction& tx) -> Result<void> {
        TRY(tx.execute(left_sql, {id, filler}));
        TRY(tx.execute(right_sql, {id}));
        return {};
    });
}
std::set<std::int64_t> whole(Database& database) {
    std::set<std::int64_t> ids;
    auto rows = database.read([](Transaction& tx) { return tx.rows(whole_sql); }).value();
    for (const auto& row : rows) ids.insert(row.whole("id"));
    return ids;
}
std::int64_t halves(Database& database) {
    return database.read([](Transaction& tx) { return tx.row_or(half_sql, {}, "", ""); }).value().whole("n");
}

struct Durability : testing::Test {
    Durability() { FaultyDisk::install(); }
    void SetUp() override {
        if (TemporaryPlace().is_server()) GTEST_SKIP() << "of SQLite's file";
    }
    ~Durability() override { FaultyDisk::heal(); }
};
using DurabilityDeathTest = Durability;

// Seen to fail: with synchronous = NORMAL.
TEST_F(Durability, an_answered_write_is_synced) {
    TemporaryDatabase database(pairs);
    for (int i = 0; i < 20; ++i) {
        auto before = FaultyDisk::syncs("-wal");
        ASSERT_TRUE(put(*database, i));
        EXPECT_FALSE(FaultyDisk::unsynced("-wal"));
        EXPECT_GT(FaultyDisk::syncs("-wal"), before);
    }
}

// Seen to fail: when either kind of write keeps the setting of the other.
TEST_F(Durability, an_unsynced_write_waits_for_the_next_that_is_synced) {
    TemporaryDatabase database(pairs);
    ASSERT_TRUE(put(*database, 1));
    auto before = FaultyDisk::syncs("-wal");
    auto work = [](Transaction& tx) { return tx.execute(right_sql, {2}); };
    ASSERT_TRUE(database->write_unsynced(work));
    EXPECT_EQ(FaultyDisk::syncs("-wal"), before);
    ASSERT_TRUE(put(*database, 3));
    EXPECT_FALSE(FaultyDisk::unsynced("-wal"));
}

// Seen to fail: when a group is answered whatever its COMMIT said.
TEST_F(Durability, a_full_disk_is_an_error_keeps_nothing_and_passes) {
    TemporaryDatabase database(pairs);
    ASSERT_TRUE(put(*database, 1));
    FaultyDisk::fill("-wal");
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 4; ++i)
            callers.emplace_back([&, i] {
                auto failed = put(*database, 10 + i);
                ASSERT_FALSE(failed);
                EXPECT_EQ(failed.error().kind, Kind::unavailable);
                EXPECT_NE(failed.error().message.find("full"), std::string::npos) << failed.error().message;
            });
    }
    EXPECT_EQ(whole(*database), (std::set<std::int64_t>{1}));  // reading goes on
    FaultyDisk::heal();
    ASSERT_TRUE(put(*database, 2));
    database.reopen();
    EXPECT_EQ(whole(*database), (std::set<std::int64_t>{1, 2}));
    EXPECT_EQ(halves(*database), 0);
    EXPECT_EQ(database->check().value(), "ok");
}

TEST_F(Durability, a_database_that_may_not_grow_is_an_error_and_passes) {
    TemporaryDatabase database(pairs);
    static constexpr Statement shrink{"test.shrink", "PRAGMA max_page_count = 1"};  // what it has is the least SQLite takes
    static constexpr Statement grow{"test.grow", "PRAGMA max_page_count = 1000000"};
    auto set = [&](const Statement& pragma) { return database->write([&](Transaction& tx) { return tx.rows(pragma); }); };
    ASSERT_TRUE(set(shrink));
    auto failed = put(*database, 1, std::string(100'000, 'x'));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, Kind::unavailable);
    ASSERT_TRUE(set(grow));
    ASSERT_TRUE(put(*database, 1, std::string(100'000, 'x')));
    EXPECT_EQ(whole(*database).size(), 1u);
}

// Seen to fail: when the process goes on, and without the sync.
TEST_F(DurabilityDeathTest, a_failed_fsync_stops_the_process) {
    TemporaryFolder folder;
    EXPECT_DEATH(
        {
            auto database = Database::open({.file = folder / "vitrine.db"}).value();
            (void)database->migrate(pairs);
            FaultyDisk::fail_sync("-wal");
            (void)put(*database, 1);
            _exit(0);
        },
        "store.disk_failed");
}

// Seen to fail: when the process goes on.
TEST_F(DurabilityDeathTest, a_commit_that_could_not_be_written_stops_the_process) {
    TemporaryFolder folder;
    EXPECT_DEATH(
        {
            auto database = Database::open({.file = folder / "vitrine.db"}).value();
            (void)database->migrate(pairs);
            FaultyDisk::fail_write("-wal");
            (void)put(*database, 1);
            _exit(0);
        },
        "store.disk_failed");
}

// Seen to fail: when the process goes on, when a failed fsync is taken for any other error, and when the log is never
// moved.
TEST_F(DurabilityDeathTest, a_failed_fsync_of_the_database_file_stops_the_process) {
    TemporaryFolder folder;
    EXPECT_DEATH(
        {
            auto database = Database::open({.file = folder / "vitrine.db"}).value();
            (void)database->migrate(pairs);
            FaultyDisk::fail_sync("vitrine.db");
            for (int i = 0; i < 40; ++i) (void)put(*database, i, std::string(200'000, 'x'));  // more than the log holds
            _exit(0);
        },
        "store.disk_failed");
}

// Seen to fail: when it is not.
TEST_F(Durability, the_log_is_moved_into_the_file_and_does_not_grow_for_ever) {
    TemporaryDatabase database(pairs);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(put(*database, i, std::string(100'000, 'x')));
    EXPECT_LT(std::filesystem::file_size(database.file().string() + "-wal"), 10'000'000u);
    EXPECT_GT(std::filesystem::file_size(database.file()), 10'000'000u);
}

// Seen to fail: when SQLite is not told to wait.
TEST_F(Durability, another_process_that_holds_the_lock_is_waited_for_and_then_said) {
    TemporaryDatabase database(pairs);
    auto other = Database::open({.file = database.file(), .busy_max = std::chrono::milliseconds{50}}).value();
    Result<void> refused;
    ASSERT_TRUE(database->write([&](Transaction&) -> Result<void> {
        std::jthread([&] { refused = put(*other, 1); }).join();
        return {};
    }));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.unavailable");
    EXPECT_TRUE(put(*other, 1));

    auto patient = Database::open({.file = database.file(), .busy_max = std::chrono::seconds{20}}).value();
    Result<void> waited;
    std::jthread waiting;
    ASSERT_TRUE(database->write([&](Transaction&) -> Result<void> {
        std::atomic<bool> begun = false;
        waiting = std::jthread([&] {
            begun = true;
            begun.notify_one();
            waited = put(*patient, 2);
        });
        begun.wait(false);
        std::this_thread::sleep_for(std::chrono::milliseconds{50});  // long enough to be refused in, if it did not wait
        return {};
    }));
    waiting.join();
    EXPECT_TRUE(waited) << waited.error().message;
}

// Writes until it is killed, and tells each answered id through the pipe.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, std::int64_t first, int pipe) {
    auto database = Database::open({.file = file}).value();
    std::atomic<std::int64_t> next = first;
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i)
        writers.emplace_back([&] {
            while (true) {
                auto id = next.fetch_add(1);
                if (!put(*database, id)) _exit(1);
                if (::write(pipe, &id, sizeof id) != sizeof id) _exit(2);
            }
        });
    writers.clear();
    _exit(0);
}

// Seen to fail: when a group is answered before its COMMIT.
TEST_F(Durability, what_was_answered_before_kill_nine_is_there) {
    TemporaryFolder folder;
    auto file = folder / "vitrine.db";
    ASSERT_TRUE(Database::open({.file = file}).value()->migrate(pairs));
    auto seed = std::random_device{}();
    std::mt19937 random(seed);
    std::set<std::int64_t> answered;
    for (int round = 0; round < 6; ++round) {
        SCOPED_TRACE(fmt::format("seed {} round {}", seed, round));
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        auto child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(pipe[0]);
            write_until_killed(file, (round + 1) * 1'000'000, pipe[1]);
        }
        ::close(pipe[1]);
        std::int64_t id = 0;
        auto read_one = [&] {
            if (::read(pipe[0], &id, sizeof id) != sizeof id) return false;
            answered.insert(id);
            return true;
        };
        for (auto left = std::uniform_int_distribution<int>(1, 60)(random); left > 0; --left) ASSERT_TRUE(read_one());
        ::kill(child, SIGKILL);
        while (read_one()) {
        }
        ::close(pipe[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));

        auto database = Database::open({.file = file}).value();
        auto there = whole(*database);
        EXPECT_TRUE(std::ranges::includes(there, answered));
        EXPECT_EQ(halves(*database), 0);
        EXPECT_EQ(database->check().value(), "ok");
    }
}

}  // namespace
}  // namespace vitrine::store
