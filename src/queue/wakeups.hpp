#pragma once
// Waking idle workers of this process when a job is committed: no polling, and one worker for one job.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::queue {

// Any thread. A worker takes `seen()` before it looks for jobs; a signal after that makes its wait return at once, so
// none is lost between looking and waiting.
class Wakeups {
public:
    std::uint64_t seen() const;
    // A job of this kind may be ready: wakes one who waits for it, the last to fall asleep first. False when nobody waits.
    bool signal(std::string_view kind);
    void signal_all();
    void wait(std::stop_token, std::chrono::steady_clock::time_point until, std::uint64_t seen, std::span<const std::string> kinds);

private:
    struct Waiter {
        std::span<const std::string> kinds;
        bool woken = false;
        std::condition_variable_any changed;
    };
    mutable std::mutex mutex_;
    std::uint64_t signals_ = 0;
    std::list<Waiter> waiters_;
};

}  // namespace vitrine::queue
