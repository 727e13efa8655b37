#pragma once
// Durable jobs: enqueued in the caller's transaction, leased with a fencing number, retried with backoff, dead-lettered
// with a reason.
//
//   ready --lease--> running --done--> done
//     ^                 | error that may pass, attempts left: ready again after backoff with jitter
//     |                 | lease ran out (worker died): ready again
//     |                 v
//     +--- retry --- dead (attempts used up, or an error that will not pass)
//
// A job may run twice, so handlers are written to be repeatable; what a handler saves is saved in a transaction that
// first calls Lease::hold, which refuses when another worker has the job now.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/json.hpp"
#include "core/metrics.hpp"
#include "store/database.hpp"

namespace vitrine::queue {

class Neighbours;

using JobId = Id<struct JobTag>;

enum class JobState { ready, running, done, dead };
BOOST_DESCRIBE_ENUM(JobState, ready, running, done, dead)

struct NewJob {
    WorkspaceId workspace{};
    std::string kind{};     // "listing.draft"
    json::Value payload{};  // what the handler needs, ids mostly
    std::string token{};    // idempotency: enqueueing the same (workspace, kind, token) again gives the first job; empty: none
    int priority = 0;       // higher first
    std::optional<Time> not_before{};
    int attempts_max = 5;
    std::string request_id{};  // of the request that asked for it, for its log lines
};

// A job as people see it.
struct Job {
    JobId id;
    std::string kind;
    JobState state = JobState::ready;
    int priority = 0;
    int attempts = 0;
    int attempts_max = 0;
    json::Value payload;
    std::optional<json::Value> result;
    std::optional<std::string> error_code, error_message;  // of the last attempt
    Time created_at, updated_at, not_before;
};
BOOST_DESCRIBE_STRUCT(Job, (),
                      (id, kind, state, priority, attempts, attempts_max, payload, result, error_code, error_message, created_at,
                       updated_at, not_before))

// The right to work on one job for a while. Value; any thread.
struct Lease {
    JobId job;
    WorkspaceId workspace;
    std::string kind;
    json::Value payload;
    std::int64_t fence = 0;
    int attempt = 0;
    std::string request_id;

    // Call first in the transaction that saves this job's work. Errors: queue.fenced (another worker has the job now).
    Result<void> hold(store::Transaction&) const;
};

struct Filter {
    std::optional<JobState> state{};
    std::optional<std::string> kind{};
    int limit = 50;
    std::optional<JobId> before{};  // page: older than this one
};

// Any thread.
class Queue {
public:
    // With neighbours (which outlive it) idle workers of other processes are woken too, and the jobs of a process that
    // ends are free at once. Without them other processes find out when they next look.
    Queue(store::Database&, const Clock&, Metrics&, Neighbours* = nullptr);
    ~Queue();

    // Visible to workers when the transaction commits (and they are woken then).
    Result<JobId> enqueue(store::Transaction&, const NewJob&);

    // Whether so many jobs of the workspace wait or run. A look at as many rows: for a bound, before more is taken in.
    Result<bool> has_waiting(store::Transaction&, const WorkspaceId&, std::int64_t at_least);

    // A ready job of the highest priority among `kinds`, or none: workspaces take turns, each with its oldest job, so that
    // nobody waits behind another's thousand. Leased for `lease_time` (steady clock of the database's host; a jump of the wall clock
    // neither shortens nor lengthens it).
    Result<std::optional<Lease>> lease(std::span<const std::string> kinds, std::chrono::milliseconds lease_time);
    // Extends the lease (heartbeat). Errors: queue.fenced.
    Result<void> extend(const Lease&, std::chrono::milliseconds lease_time);
    // Errors of all: queue.fenced.
    Result<void> finish(const Lease&, const json::Value& result);
    // The two in one transaction: what a busy worker does. When it fails, neither has happened.
    Result<std::optional<Lease>> finish_and_lease(const Lease& done, const json::Value& result, std::span<const std::string> kinds,
                                                  std::chrono::milliseconds lease_time);
    Result<void> fail(const Lease&, const Error&);  // retries or dead-letters by the error's kind and the attempts left
    Result<void> give_back(const Lease&);           // ready again, and the attempt does not count: its worker has to stop

    Result<Job> find(store::Transaction&, WorkspaceId, JobId);
    Result<std::vector<Job>> list(store::Transaction&, WorkspaceId, const Filter&);
    // Dead letters run again, attempts counted anew. One job: Errors queue.not_found, queue.not_dead. All: how many.
    Result<void> retry(store::Transaction&, WorkspaceId, JobId);
    Result<std::int64_t> retry_all(store::Transaction&, WorkspaceId, std::optional<std::string> kind);

    // A job that no handler will hear of again: its workers were lost as often as it has attempts. Called in the
    // transaction that makes it a dead letter, so that what waits for the job can be told; an error undoes both, and it
    // is tried again. One a kind; before any worker starts.
    struct Buried {
        JobId job;
        WorkspaceId workspace;
        json::Value payload;
    };
    using WhenBuried = std::function<Result<void>(store::Transaction&, const Buried&)>;
    void when_buried(std::string kind, WhenBuried);

    // Blocks until a job may be ready of the kinds this thread last asked lease() for, the time has passed or stop is
    // asked. For workers.
    void wait(std::stop_token, std::chrono::milliseconds);
    // Refreshes the depth and age gauges; /metrics calls it.
    Result<void> measure();

    // Removes jobs done longer ago than this, and with them their tokens. How many. For the hourly tidying.
    Result<std::int64_t> prune(std::chrono::hours keep);

    static store::Migrations migrations();

private:
    struct Inside;
    class Leasing;
    std::unique_ptr<Inside> inside_;
};

// Worker threads in this process. A handler's Error decides retry or dead letter; an escaped exception is
// Kind::internal. While a handler runs its lease is extended by a heartbeat thread, three times in a lease.
class Workers {
public:
    using Handler = std::function<Result<json::Value>(const Lease&)>;

    // Long enough that a busy disk is no death; a process that is really gone is seen without it.
    static constexpr std::chrono::seconds lease_time_usual{30};

    Workers(Queue&, Metrics&, std::chrono::milliseconds lease_time = lease_time_usual);
    ~Workers();  // stops: waits for the handlers that run

    // Before start. `holds` (optional) says that jobs of this kind must wait now (a model is missing): they stay ready.
    void add(std::string kind, Handler, std::function<bool()> holds = {});
    void start(int threads);
    void stop();
    // For who cannot wait for ever: no further job is taken; until every thread is through, has_stopped() is false. What
    // still runs then can be given back, and the process has to end.
    void request_stop();
    bool has_stopped() const;
    void give_back_all();
    // Leases and handles ready jobs on the calling thread until none is ready. For `vitrine add` and tests.
    Result<int> drain();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::queue
