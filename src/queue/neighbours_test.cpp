#include "queue/neighbours.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "core/guarded.hpp"
#include "queue/events.hpp"
#include "queue/owner.hpp"
#include "queue/queue.hpp"
#include "store/temporary.hpp"

namespace vitrine::queue {
namespace {

using namespace std::chrono_literals;
using store::Transaction;

// What a slow machine may take for what takes a millisecond.
constexpr auto patience = 60s;

template <class Condition>
bool comes_true(Condition condition) {
    for (auto until = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < until;) {
        if (condition()) return true;
        std::this_thread::sleep_for(2ms);
    }
    return false;
}

std::size_t sockets_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::ranges::count_if(std::filesystem::directory_iterator(folder),
                                                          [](const auto& entry) { return entry.path().extension() == ".socket"; }));
}

// The kind that belongs to the place: by sockets, or by the server.
std::unique_ptr<Neighbours> meet(const store::TemporaryPlace& place) {
    return place.is_server() ? Neighbours::join_server(place.options().server).value()
                             : Neighbours::join(place.folder() / "processes").value();
}

// A neighbour that keeps what it hears.
struct Ears {
    explicit Ears(const store::TemporaryPlace& place) : Ears(meet(place)) {}
    explicit Ears(const std::filesystem::path& folder) : Ears(Neighbours::join(folder).value()) {}
    explicit Ears(std::unique_ptr<Neighbours> joined) : neighbours(std::move(joined)) {
        hearing =
            neighbours->hear({.letter = [this](std::string_view letter) { letters.with([&](auto& all) { all.emplace_back(letter); }); },
                              .missed = [this] { ++missed; },
                              .ended = [this](std::string_view process) { ended.with([&](auto& all) { all.emplace_back(process); }); }});
    }
    bool heard(const std::vector<std::string>& wanted) {
        return letters.with([&](const auto& all) { return all == wanted; });
    }
    std::unique_ptr<Neighbours> neighbours;
    Guarded<std::vector<std::string>> letters, ended;
    std::atomic<int> missed = 0;
    Neighbours::Hearing hearing;
};

// A process of its own. It is made before this one has a thread or a database.
template <class Work>
pid_t in_child(Work work) {
    auto child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    return child;
}
void end(pid_t child) {
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

// The database, the queue and the events of one process.
struct Process {
    explicit Process(const store::TemporaryPlace& place)
        : database(store::Database::open(place.options()).value()),
          neighbours(meet(place)),
          queue(*database, clock, metrics, neighbours.get()),
          events(*database, clock, neighbours.get()) {
        std::vector<store::Migrations> rooms{Queue::migrations()};
        if (!database->migrate(rooms)) std::abort();
    }
    JobId enqueue(WorkspaceId workspace) {
        return database->write([&](Transaction& tx) { return queue.enqueue(tx, {.workspace = workspace, .kind = "draft"}); }).value();
    }
    JobState state_of(WorkspaceId workspace, JobId job) {
        return database->read([&](Transaction& tx) { return queue.find(tx, workspace, job); }).value().state;
    }
    SystemClock clock;
    Metrics metrics;
    std::unique_ptr<store::Database> database;  // makes the schema that the neighbours meet in
    std::unique_ptr<Neighbours> neighbours;
    Queue queue;
    Events events;
};

struct NeighboursTest : testing::Test {
    store::TemporaryPlace place;
    const store::TemporaryFolder folder;  // of those that meet by sockets, whatever the database
    const WorkspaceId workspace = WorkspaceId::make();
    const std::vector<std::string> draft{"draft"};
};

TEST_F(NeighboursTest, hear_what_another_tells_in_order_and_who_told_does_not) {
    auto database = store::Database::open(place.options()).value();
    Ears one(place), two(place), three(place);
    ASSERT_TRUE(comes_true([&] { return one.neighbours->count() == 2 && two.neighbours->count() == 2; }));
    one.neighbours->tell("job draft");
    one.neighbours->tell("jobs");
    EXPECT_TRUE(comes_true([&] { return two.heard({"job draft", "jobs"}) && three.heard({"job draft", "jobs"}); }));
    EXPECT_TRUE(one.heard({}));
}

TEST_F(NeighboursTest, who_join_at_once_have_one_connection_each) {
    constexpr std::size_t all = 8;
    std::vector<std::future<std::unique_ptr<Neighbours>>> joining;
    for (std::size_t i = 0; i < all; ++i)
        joining.push_back(std::async(std::launch::async, [&] { return Neighbours::join(folder.path()).value(); }));
    std::vector<std::unique_ptr<Neighbours>> joined;
    for (auto& each : joining) joined.push_back(each.get());
    for (auto& each : joined) EXPECT_TRUE(comes_true([&] { return each->count() == all - 1; })) << each->count();
    EXPECT_EQ(sockets_in(folder.path()), all);
    joined.clear();
    EXPECT_EQ(sockets_in(folder.path()), 0u);
}

TEST_F(NeighboursTest, meet_in_a_folder_whose_path_is_longer_than_a_socket_s_address) {
    auto deep = folder.path();
    for (int i = 0; i < 5; ++i) deep /= std::string(60, 'd');
    Ears one(deep), two(deep);
    two.neighbours->tell("jobs");
    EXPECT_TRUE(comes_true([&] { return one.heard({"jobs"}); }));
}

TEST_F(NeighboursTest, say_in_words_where_they_cannot_meet) {
    std::ofstream(folder / "file") << "no folder";
    auto refused = Neighbours::join(folder / "file");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "queue.neighbours");
    EXPECT_NE(refused.error().message.find((folder / "file").string()), std::string::npos) << refused.error().message;
}

// Seen to fail: without tell_missed.
TEST_F(NeighboursTest, who_is_too_slow_to_read_is_told_that_it_missed_something) {
    Ears quick(folder.path());
    std::promise<void> may_read;
    std::atomic<int> read = 0, missed = 0;
    auto slow = Neighbours::join(folder.path()).value();
    auto hearing = slow->hear({.letter =
                                   [&, wait = may_read.get_future().share()](std::string_view) {
                                       wait.wait();
                                       ++read;
                                   },
                               .missed = [&] { ++missed; },
                               .ended = [](std::string_view) {}});
    ASSERT_TRUE(comes_true([&] { return quick.neighbours->count() == 1; }));
    constexpr int sent = 10'000;
    for (int i = 0; i < sent; ++i) quick.neighbours->tell("jobs");
    may_read.set_value();
    EXPECT_TRUE(comes_true([&] { return missed == 1; }));
    EXPECT_LT(read, sent);
    auto before = read.load();
    quick.neighbours->tell("jobs");
    EXPECT_TRUE(comes_true([&] { return read > before; }));  // and is told again from then on
    hearing.reset();
}

// Seen to fail: without the unlink in connect_to_all.
TEST_F(NeighboursTest, hear_of_a_killed_one_at_once_and_the_next_who_joins_removes_its_socket) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    auto child = in_child([&] {
        auto neighbours = Neighbours::join(folder.path()).value();
        auto hearing = neighbours->hear(
            {.letter = [&](std::string_view) { neighbours->tell("well, thank you"); }, .missed = [] {}, .ended = [](std::string_view) {}});
        auto self = this_process();
        if (::write(ready[1], self.data(), self.size()) > 0) ::pause();
    });
    std::array<char, 256> bytes{};
    auto length = ::read(ready[0], bytes.data(), bytes.size());
    ASSERT_GT(length, 0);
    const std::string process(bytes.data(), static_cast<std::size_t>(length));

    Ears ears(folder.path());
    EXPECT_EQ(ears.neighbours->count(), 1u);
    ears.neighbours->tell("how are you");
    ASSERT_TRUE(comes_true([&] { return ears.heard({"well, thank you"}); }));
    end(child);
    EXPECT_TRUE(comes_true([&] { return ears.ended.with([&](const auto& all) { return all == std::vector{process}; }); }));
    EXPECT_EQ(ears.neighbours->count(), 0u);
    EXPECT_EQ(sockets_in(folder.path()), 2u);
    Ears next(folder.path());
    EXPECT_EQ(sockets_in(folder.path()), 2u);
    EXPECT_EQ(next.neighbours->count(), 1u);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(NeighboursTest, hear_that_one_has_left_and_are_told_to_look_at_everything) {
    auto database = store::Database::open(place.options()).value();
    Ears ears(place);
    auto other = meet(place);
    ASSERT_TRUE(comes_true([&] { return ears.neighbours->count() == 1; }));
    other.reset();
    EXPECT_TRUE(comes_true([&] { return ears.ended.with([](const auto& all) { return all == std::vector{this_process()}; }); }));
    EXPECT_TRUE(comes_true([&] { return ears.missed == 1; }));
    EXPECT_EQ(ears.neighbours->count(), 0u);
}

// Seen to fail: when a neighbour that was cut off does not connect again, or does not tell `missed` then.
TEST_F(NeighboursTest, by_a_server_meet_again_after_it_has_cut_everybody_off) {
    static constexpr store::Statement cut_off{"test.cut_off",
                                              "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE pid <> "
                                              "pg_backend_pid() AND datname = current_database()"};
    if (!place.is_server()) GTEST_SKIP() << "of a PostgreSQL server";
    auto database = store::Database::open(place.options()).value();
    Ears one(place), two(place);
    ASSERT_TRUE(comes_true([&] { return one.neighbours->count() == 1 && two.neighbours->count() == 1; }));
    ASSERT_TRUE(database->write([](Transaction& tx) { return tx.rows(cut_off); }));
    EXPECT_TRUE(comes_true([&] { return one.missed >= 1 && two.missed >= 1; }));
    EXPECT_TRUE(comes_true([&] {
        one.neighbours->tell("job draft");
        return !two.heard({});
    }));
    EXPECT_TRUE(one.ended.with([](const auto& all) { return all.empty(); }));  // nobody has ended
}

TEST_F(NeighboursTest, by_a_server_tell_missed_when_there_is_more_to_tell_than_it_takes_at_once) {
    if (!place.is_server()) GTEST_SKIP() << "of a PostgreSQL server";
    auto database = store::Database::open(place.options()).value();
    Ears one(place), two(place);
    ASSERT_TRUE(comes_true([&] { return one.neighbours->count() == 1; }));
    for (int i = 0; i < 20'000; ++i) one.neighbours->tell("job listing.draft");
    EXPECT_TRUE(comes_true([&] { return two.missed >= 1; }));
}

// Seen to fail: without the letter of Queue::Inside::signal.
TEST_F(NeighboursTest, an_enqueue_wakes_an_idle_worker_of_another_process) {
    int go[2];
    ASSERT_EQ(::pipe(go), 0);
    auto child = in_child([&] {
        char byte = 0;
        if (::read(go[0], &byte, 1) != 1) return;
        Process other(place);
        other.enqueue(workspace);
        ::pause();  // its end would tell everybody to look
    });
    Process process(place);
    std::stop_source stop;
    auto woken = std::async(std::launch::async, [&] {
        EXPECT_FALSE(process.queue.lease(draft, 1h).value());
        if (::write(go[1], "g", 1) != 1) std::abort();
        while (!stop.stop_requested()) {
            process.queue.wait(stop.get_token(), 1h);
            if (process.queue.lease(draft, 1h).value()) return true;
        }
        return false;
    });
    EXPECT_EQ(woken.wait_for(patience), std::future_status::ready);
    stop.request_stop();
    EXPECT_TRUE(woken.get());
    end(child);
    ::close(go[0]);
    ::close(go[1]);
}

// Nobody here asks for a lease. Seen to fail: when `ended` does not take the jobs back.
TEST_F(NeighboursTest, the_jobs_of_a_process_that_dies_are_free_before_anybody_asks) {
    int leased[2];
    ASSERT_EQ(::pipe(leased), 0);
    auto child = in_child([&] {
        Process other(place);
        auto job = other.enqueue(workspace);
        if (!other.queue.lease(draft, 1h).value()) std::abort();
        if (::write(leased[1], &job, sizeof job) < 0 || !comes_true([&] { return other.neighbours->count() == 1; })) std::abort();
        if (::write(leased[1], "m", 1) > 0) ::pause();
    });
    JobId job;
    ASSERT_EQ(::read(leased[0], &job, sizeof job), static_cast<ssize_t>(sizeof job));
    Process process(place);
    char met = 0;  // who dies before it has introduced itself is missed by the next lease only
    ASSERT_EQ(::read(leased[0], &met, 1), 1);
    ASSERT_TRUE(comes_true([&] { return process.neighbours->count() == 1; }));
    EXPECT_EQ(process.state_of(workspace, job), JobState::running);
    end(child);
    EXPECT_TRUE(comes_true([&] { return process.state_of(workspace, job) == JobState::ready; }));
    ::close(leased[0]);
    ::close(leased[1]);
}

// Seen to fail: without the letter of Events::append.
TEST_F(NeighboursTest, subscribers_hear_what_another_process_appends_to_their_workspace) {
    int go[2];
    ASSERT_EQ(::pipe(go), 0);
    const auto other_workspace = WorkspaceId::make();
    auto child = in_child([&] {
        char byte = 0;
        if (::read(go[0], &byte, 1) != 1) return;
        Process other(place);
        for (const auto& to : {other_workspace, workspace})
            if (!other.database->write([&](Transaction& tx) { return other.events.append(tx, to, "listing.changed", "it", {}); }))
                std::abort();
        ::pause();  // its end would tell everybody to look
    });
    Process process(place);
    std::atomic<int> heard = 0, heard_elsewhere = 0;
    auto ours = process.events.subscribe(workspace, [&] {
        if (!process.events.after(workspace, 0, 10).value().empty()) ++heard;
    });
    auto nobody_s = process.events.subscribe(WorkspaceId::make(), [&] { ++heard_elsewhere; });
    ASSERT_EQ(::write(go[1], "g", 1), 1);
    EXPECT_TRUE(comes_true([&] { return heard == 1; }));
    EXPECT_EQ(heard_elsewhere, 0);
    end(child);
    ::close(go[0]);
    ::close(go[1]);
}

}  // namespace
}  // namespace vitrine::queue
