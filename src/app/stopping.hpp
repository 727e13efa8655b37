#pragma once
// How serve and work end: on SIGINT or SIGTERM, after what runs.

#include <signal.h>

#include <chrono>
#include <functional>

#include "queue/queue.hpp"

namespace vitrine::app {

// What runs gets this long: requests of the server, jobs of the workers.
inline constexpr std::chrono::seconds stop_grace{20};

// SIGINT, SIGTERM and SIGHUP are taken by the thread that waits here and by no other, so this is made before any other thread
// is started. SIGHUP asks to look at files again; when we were started from a terminal it is the terminal that went, and
// ends us as well. SIGPIPE is ignored.
class StopSignals {
public:
    StopSignals();
    // Until one comes that ends; meanwhile calls `now_and_then` each time `pause` has passed, and `look_again` at a SIGHUP.
    void wait(
        std::chrono::seconds pause, const std::function<void()>& now_and_then, const std::function<void()>& look_again = [] {});
    // Waits for the jobs that run. After `stop_grace`, or at another signal, they are given back to the queue and the process
    // ends here, because a handler cannot be interrupted.
    void finish(queue::Workers&);

private:
    enum class Came { nothing, look_again, end };
    Came comes_within(std::chrono::nanoseconds);
    sigset_t signals_{};
    bool from_terminal_ = false;
};

}  // namespace vitrine::app
