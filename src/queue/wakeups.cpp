#include "queue/wakeups.hpp"

#include <algorithm>

namespace vitrine::queue {

std::uint64_t Wakeups::seen() const {
    std::scoped_lock lock(mutex_);
    return signals_;
}

bool Wakeups::signal(std::string_view kind) {
    std::scoped_lock lock(mutex_);
    ++signals_;
    for (auto& waiter : waiters_) {
        if (waiter.woken || std::ranges::find(waiter.kinds, kind) == waiter.kinds.end()) continue;
        waiter.woken = true;
        waiter.changed.notify_one();
        return true;
    }
    return false;
}

void Wakeups::signal_all() {
    std::scoped_lock lock(mutex_);
    ++signals_;
    for (auto& waiter : waiters_) {
        waiter.woken = true;
        waiter.changed.notify_one();
    }
}

void Wakeups::wait(std::stop_token stop, std::chrono::steady_clock::time_point until, std::uint64_t seen,
                   std::span<const std::string> kinds) {
    std::unique_lock lock(mutex_);
    if (signals_ != seen) return;
    auto self = waiters_.emplace(waiters_.begin());
    self->kinds = kinds;
    self->changed.wait_until(lock, stop, until, [&] { return self->woken; });
    waiters_.erase(self);
}

}  // namespace vitrine::queue
