#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "queue/queue.hpp"
#include "store/temporary.hpp"

namespace vitrine::queue {
namespace {

using namespace std::chrono_literals;
using store::Transaction;

struct WorkersTest : testing::Test {
    Metrics metrics;
    SystemClock clock;
    store::TemporaryDatabase database{{Queue::migrations()}};
    Queue queue{*database, clock, metrics};
    Workers workers{queue, metrics};
    WorkspaceId workspace = WorkspaceId::make();

    JobId enqueue(std::string kind) {
        NewJob job{.workspace = workspace, .kind = std::move(kind)};
        return database->write([&](Transaction& tx) { return queue.enqueue(tx, job); }).value();
    }
    Job find(JobId id) {
        return database->read([&](Transaction& tx) { return queue.find(tx, workspace, id); }).value();
    }
};

// By a clock that stands, because a retry may come after no more than a millisecond.
TEST_F(WorkersTest, drain_handles_what_is_ready_and_records_how_it_ended) {
    ManualClock standing(clock.now());
    Queue queue{*database, standing, metrics};
    Workers workers{queue, metrics};
    auto enqueue = [&](std::string kind) {
        return database->write([&](Transaction& tx) { return queue.enqueue(tx, {.workspace = workspace, .kind = std::move(kind)}); })
            .value();
    };
    workers.add("good", [](const Lease&) -> Result<json::Value> { return json::Value("well"); });
    workers.add("bad", [](const Lease&) -> Result<json::Value> { return Error{Kind::invalid, "test.bad", "Bad."}; });
    workers.add("thrower", [](const Lease&) -> Result<json::Value> { throw std::runtime_error("with a secret"); });
    auto good = enqueue("good"), bad = enqueue("bad"), thrower = enqueue("thrower"), unknown = enqueue("unknown");
    EXPECT_EQ(workers.drain().value(), 3);
    EXPECT_EQ(find(good).result, json::Value("well"));
    EXPECT_EQ(find(bad).state, JobState::dead);
    EXPECT_EQ(find(thrower).state, JobState::ready);  // may pass: tried again later
    EXPECT_EQ(find(thrower).error_code, "queue.exception");
    EXPECT_EQ(find(thrower).error_message->find("secret"), std::string::npos);
    EXPECT_EQ(find(unknown).state, JobState::ready);
}

TEST_F(WorkersTest, what_is_held_stays_ready_until_it_is_not) {
    std::atomic<bool> missing = true;
    workers.add(
        "draft", [](const Lease&) -> Result<json::Value> { return json::Value(); }, [&] { return missing.load(); });
    auto id = enqueue("draft");
    EXPECT_EQ(workers.drain().value(), 0);
    EXPECT_EQ(find(id).state, JobState::ready);
    missing = false;
    EXPECT_EQ(workers.drain().value(), 1);
}

TEST_F(WorkersTest, threads_are_woken_by_the_commit_and_stop_after_the_handler_that_runs) {
    std::promise<void> started, may_end;
    workers.add("slow", [&](const Lease&) -> Result<json::Value> {
        started.set_value();
        may_end.get_future().wait();
        return json::Value("done");
    });
    workers.start(2);
    auto id = enqueue("slow");
    started.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { workers.stop(); });
    EXPECT_EQ(stopped.wait_for(20ms), std::future_status::timeout);
    may_end.set_value();
    stopped.wait();
    EXPECT_EQ(find(id).state, JobState::done);
}

TEST_F(WorkersTest, what_still_runs_can_be_given_back_and_is_then_another_s) {
    std::promise<void> started, may_end;
    workers.add("slow", [&](const Lease&) -> Result<json::Value> {
        started.set_value();
        may_end.get_future().wait();
        return json::Value("too late");
    });
    workers.start(1);
    auto id = enqueue("slow");
    started.get_future().wait();
    workers.request_stop();
    EXPECT_FALSE(workers.has_stopped());
    workers.give_back_all();
    EXPECT_EQ(find(id).state, JobState::ready);
    EXPECT_EQ(find(id).attempts, 0);
    const std::vector<std::string> kinds{"slow"};
    auto other = queue.lease(kinds, 1h).value();
    ASSERT_TRUE(other);
    may_end.set_value();
    workers.stop();
    EXPECT_TRUE(workers.has_stopped());
    EXPECT_EQ(find(id).state, JobState::running);  // of the other
    EXPECT_TRUE(queue.finish(*other, "in time"));
    EXPECT_EQ(find(id).result, json::Value("in time"));
}

TEST_F(WorkersTest, a_handler_that_enqueues_has_its_job_handled_too) {
    workers.add("first", [&](const Lease& lease) -> Result<json::Value> {
        TRY(database->write([&](Transaction& tx) -> Result<void> {
            TRY(lease.hold(tx));
            TRY(queue.enqueue(tx, {.workspace = workspace, .kind = "second"}));
            return {};
        }));
        return json::Value();
    });
    workers.add("second", [](const Lease&) -> Result<json::Value> { return json::Value(); });
    enqueue("first");
    EXPECT_EQ(workers.drain().value(), 2);
}

}  // namespace
}  // namespace vitrine::queue
