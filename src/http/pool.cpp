#include "http/pool.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace vitrine::http {

struct Pool::Inside {
    std::mutex mutex;
    std::condition_variable ready;
    std::deque<Job> jobs;
    std::atomic<std::size_t> waiting = 0;  // how many they are, for who only wants to know
    std::size_t queue_max = 0;
    std::size_t idle = 0;
    bool waking = false;  // a thread was told and has not looked yet
    bool stopped = false;
    std::vector<std::jthread> threads;

    // By mutex. Jobs often come several at a time, and waking a thread costs about as much as a small job. So one is woken
    // at a time, and it wakes the next if there is more than it takes: by then those awake may have done it all.
    bool should_wake() {
        if (jobs.empty() || idle == 0 || waking) return false;
        return waking = true;
    }

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            while (jobs.empty() && !stopped) {
                ++idle;
                ready.wait(lock);
                --idle;
                waking = false;
            }
            if (stopped) return;
            Job job = std::move(jobs.front());
            jobs.pop_front();
            waiting = jobs.size();
            bool wake = should_wake();
            lock.unlock();
            if (wake) ready.notify_one();
            job();
            job = nullptr;
            lock.lock();
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
    bool wake = false;
    {
        std::scoped_lock lock(inside_->mutex);
        if (inside_->stopped || inside_->jobs.size() >= inside_->queue_max) return false;
        inside_->jobs.push_back(std::move(job));
        inside_->waiting = inside_->jobs.size();
        wake = inside_->should_wake();
    }
    if (wake) inside_->ready.notify_one();
    return true;
}

std::size_t Pool::waiting() const {
    return inside_->waiting;
}

void Pool::stop() {
    std::deque<Job> dropped;  // destroyed outside the lock
    {
        std::scoped_lock lock(inside_->mutex);
        inside_->stopped = true;
        dropped.swap(inside_->jobs);
        inside_->waiting = 0;
    }
    inside_->ready.notify_all();
    inside_->threads.clear();  // joins
}

}  // namespace vitrine::http
