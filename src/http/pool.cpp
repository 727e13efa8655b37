#include "http/pool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace vitrine::http {

struct Pool::Inside {
    mutable std::mutex mutex;
    std::condition_variable ready;
    std::deque<Job> jobs;
    std::size_t queue_max = 0;
    bool stopped = false;
    std::vector<std::jthread> threads;

    void work() {
        while (true) {
            Job job;
            {
                std::unique_lock lock(mutex);
                ready.wait(lock, [&] { return stopped || !jobs.empty(); });
                if (stopped) return;
                job = std::move(jobs.front());
                jobs.pop_front();
            }
            job();
        }
    }
};

Pool::Pool(std::size_t threads, std::size_t queue_max) : inside_(std::make_unique<Inside>()) {
    inside_->queue_max = queue_max;
    for (std::size_t i = 0; i < threads; ++i) inside_->threads.emplace_back([inside = inside_.get()] { inside->work(); });
}

Pool::~Pool() {
    stop();
}

bool Pool::post(Job job) {
    {
        std::scoped_lock lock(inside_->mutex);
        if (inside_->stopped || inside_->jobs.size() >= inside_->queue_max) return false;
        inside_->jobs.push_back(std::move(job));
    }
    inside_->ready.notify_one();
    return true;
}

std::size_t Pool::waiting() const {
    std::scoped_lock lock(inside_->mutex);
    return inside_->jobs.size();
}

void Pool::stop() {
    std::deque<Job> dropped;  // destroyed outside the lock
    {
        std::scoped_lock lock(inside_->mutex);
        inside_->stopped = true;
        dropped.swap(inside_->jobs);
    }
    inside_->ready.notify_all();
    inside_->threads.clear();  // joins
}

}  // namespace vitrine::http
