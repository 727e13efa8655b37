#pragma once
// On a server, the workers of one process ask together: those who come while one journey is on its way share the next,
// and its COMMIT. One that comes alone goes at once.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "queue/queue_inside.hpp"
#include "store/together.hpp"

namespace vitrine::queue {

// What one worker has to say and to ask.
struct Queue::Inside::Step {
    std::span<const std::string> kinds;
    std::chrono::milliseconds lease_time;
    const Lease* done = nullptr;          // this job is done,
    const json::Value* result = nullptr;  // with this result
};

// Any thread.
class Queue::Inside::Steps {
public:
    explicit Steps(Inside& inside) : inside_(inside) {}

    struct Answer {
        std::optional<Lease> lease{};  // the next job; none: none is ready
        std::optional<Time> next{};    // then: when the first that is for later may run
    };
    // Returns after the COMMIT. Errors: queue.fenced (the done one is another worker's now; nothing is leased), those of
    // Database::write: neither has happened.
    Result<Answer> take(const Step&);

private:
    struct Caller;
    struct Done;
    struct Said;
    using Group = std::vector<Caller*>;

    void serve(const Group&);
    Result<void> serve_in(store::Transaction&, const Group&, Time now, std::chrono::milliseconds until);
    Result<bool> ask(store::Transaction&, const Done&, const Group&, Time now, std::chrono::milliseconds until, Said&);

    Inside& inside_;
    store::Together<Caller> callers_;
};

}  // namespace vitrine::queue
