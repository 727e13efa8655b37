#pragma once
// What everybody uses and somebody now and then replaces as a whole. Who has taken it keeps what they took for as long as
// they hold it; the next one to ask gets the new one.

#include <memory>
#include <mutex>
#include <utility>

namespace vitrine {

// Any thread.
template <class T>
class Current {
public:
    explicit Current(std::shared_ptr<const T> first) : value_(std::move(first)) {}

    std::shared_ptr<const T> get() const {
        std::scoped_lock lock(mutex_);
        return value_;
    }
    // What was current until now.
    std::shared_ptr<const T> replace(std::shared_ptr<const T> next) {
        std::scoped_lock lock(mutex_);
        return std::exchange(value_, std::move(next));
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
};

}  // namespace vitrine
