#pragma once
// Guarded<T>: data with its lock. The data is reached only while the lock is held.

#include <mutex>
#include <utility>

namespace vitrine {

template <class T>
class Guarded {
public:
    template <class... Args>
    explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

    // Runs `use` with the data while the lock is held. Any thread; `use` must not call back into the same Guarded.
    template <class Use>
    decltype(auto) with(Use&& use) {
        std::scoped_lock lock(mutex_);
        return std::forward<Use>(use)(value_);
    }
    template <class Use>
    decltype(auto) with(Use&& use) const {
        std::scoped_lock lock(mutex_);
        return std::forward<Use>(use)(value_);
    }

private:
    mutable std::mutex mutex_;
    T value_;
};

}  // namespace vitrine
