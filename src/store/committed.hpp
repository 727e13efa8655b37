#pragma once
// Inside this room only: what follows a COMMIT, whichever engine made it.

#include <functional>
#include <vector>

#include "core/metrics.hpp"

namespace vitrine::store {

struct CommitMeters {
    explicit CommitMeters(Metrics&);
    prometheus::Counter& commits;
    prometheus::Counter& writes;
    prometheus::Histogram& seconds;
};

// What after_commit() was given, in order; one that throws is logged and keeps no other from being called.
void run_calls(const std::vector<std::function<void()>>& calls);

}  // namespace vitrine::store
