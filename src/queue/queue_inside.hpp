#pragma once
// What the sources of Queue share.

#include <atomic>
#include <map>
#include <string>
#include <utility>

#include "core/guarded.hpp"
#include "queue/neighbours.hpp"
#include "queue/owner.hpp"
#include "queue/queue.hpp"
#include "queue/wakeups.hpp"

namespace vitrine::queue {

// Between two heartbeats of a lease, however long it is: other hosts know by them that its worker lives.
inline constexpr std::chrono::seconds extended_every_max{10};

struct Queue::Inside {
    Inside(store::Database&, const Clock&, Metrics&, Neighbours*);
    ~Inside();

    class Steps;
    struct Step;

    store::Database& database;
    const Clock& clock;
    Metrics& metrics;
    Neighbours* neighbours;
    prometheus::Histogram& start_seconds;
    Wakeups wakeups;
    const std::string owner = this_process();
    std::atomic<std::int64_t> looked_for_lost_at{-1};  // steady milliseconds

    // A job of this kind may be ready. One idle worker of this process will look, or one of each neighbour.
    void signal(const std::string& kind);
    void signal_all();
    void hear(std::string_view letter);
    // Of each kind: the workspace that was served last.
    std::vector<std::string> served_last(std::span<const std::string> kinds);
    void remember_turn(const std::string& kind, const std::string& workspace);
    // The ready job whose turn it is. Whose it is, is remembered even when the transaction comes to nothing: turns need only
    // be fair.
    Result<std::optional<JobId>> pick(store::Transaction&, std::span<const std::string> kinds);
    // Frees the running jobs whose lease is over: ready again, or dead when they have used their attempts, so that a job
    // that kills its worker does not do so for ever.
    struct Held {
        JobId job;
        std::int64_t fence;
        std::string owner;
        std::chrono::milliseconds until;
    };
    using IsOver = std::function<bool(const Held&)>;
    Result<void> take_back(store::Transaction&, Time now, const IsOver&);
    bool is_over(const Held&, Steady now);
    // Whether it is time to look for leases that are over. True for one who asks, then not for a while.
    bool may_look_for_lost(Steady now);
    // The two looks that are not for the next job alone.
    Result<void> look_for_lost(store::Transaction&, Time now, Steady);
    void take_back_of(std::string_view process);  // which has ended
    Result<std::optional<Lease>> step(const Step&);
    Result<void> tell_buried(store::Transaction&, const store::Row& buried);
    // Counts an attempt's end: done, retried, dead, lost.
    void count(const std::string& kind, std::string_view outcome);
    prometheus::Gauge& gauge(const std::string& name, const std::string& help, const std::string& kind, const std::string& state);

    // Kind and outcome, or a gauge's name, kind and state.
    Guarded<std::map<std::pair<std::string, std::string>, prometheus::Counter*>> counters;
    Guarded<std::map<std::vector<std::string>, prometheus::Gauge*>> gauges;
    // Leases of other hosts as they were when this process first saw them so, by its own steady clock.
    struct Standing {
        std::int64_t fence = -1;
        std::chrono::milliseconds until{};
        Steady since{};
    };
    Guarded<std::map<JobId, Standing>> standing;
    Guarded<std::map<std::string, WhenBuried>> burials_told;  // by kind
    Guarded<std::map<std::string, std::string>> turns;        // by kind: the workspace served last
    std::unique_ptr<Steps> steps;                             // on a server
    Neighbours::Hearing hearing;                              // the last member: no call comes once another is gone
};

}  // namespace vitrine::queue
