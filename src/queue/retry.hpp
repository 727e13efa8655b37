#pragma once
// Which failures are tried again, and when.

#include <chrono>

#include "core/error.hpp"

namespace vitrine::queue {

// Whether the same job may succeed later without anybody changing it.
bool is_retried(Kind);

// How long to wait after the `attempt`th try (from 1): exponential with full jitter, so that jobs that failed together
// do not come back together. `chance` is in [0, 1). At least 1 ms; at most 1 s after the first, 2 s after the second, ... 10 min.
// Source: M. Brooker, "Exponential Backoff And Jitter", 2015.
std::chrono::milliseconds backoff(int attempt, double chance);

}  // namespace vitrine::queue
