#pragma once
// The bounded pool where handlers block, so that connections never do.

#include <cstddef>
#include <functional>
#include <memory>

namespace vitrine::http {

class Pool {
public:
    using Job = std::function<void()>;

    Pool(std::size_t threads, std::size_t queue_max);
    ~Pool();  // as stop()

    // False when the queue is full or the pool has stopped; the job is then not kept. Any thread. A job must not throw.
    bool post(Job);
    std::size_t waiting() const;
    // Waits for the jobs that run; those still waiting are dropped.
    void stop();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::http
