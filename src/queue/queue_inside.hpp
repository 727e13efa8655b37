#pragma once
// What the sources of Queue share.

#include <atomic>
#include <map>
#include <string>
#include <utility>

#include "core/guarded.hpp"
#include "queue/owner.hpp"
#include "queue/queue.hpp"
#include "queue/wakeups.hpp"

namespace vitrine::queue {

struct Queue::Inside {
    Inside(store::Database& database, const Clock& clock, Metrics& metrics)
        : database(database),
          clock(clock),
          metrics(metrics),
          start_seconds(metrics.seconds("vitrine_job_wait_seconds", "From the moment a job may run to its lease.")) {}

    store::Database& database;
    const Clock& clock;
    Metrics& metrics;
    prometheus::Histogram& start_seconds;
    Wakeups wakeups;
    const std::string owner = this_process();
    std::atomic<std::int64_t> looked_for_lost_at{-1};  // steady milliseconds

    // Counts an attempt's end: done, retried, dead, lost.
    void count(const std::string& kind, std::string_view outcome);
    prometheus::Gauge& gauge(const std::string& name, const std::string& help, const std::string& kind, const std::string& state);

    // Kind and outcome, or a gauge's name, kind and state.
    Guarded<std::map<std::pair<std::string, std::string>, prometheus::Counter*>> counters;
    Guarded<std::map<std::vector<std::string>, prometheus::Gauge*>> gauges;
};

}  // namespace vitrine::queue
