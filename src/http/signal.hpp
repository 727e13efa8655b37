#pragma once
// Wakes one coroutine from any thread: what stands between a handler's `wake` or `send` and the connection's strand.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

namespace vitrine::http {

// Whoever raises it may outlive the connection and the server, so it lets go of both in close().
class Signal : public std::enable_shared_from_this<Signal> {
public:
    explicit Signal(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    // Any thread, any number of times; several before the coroutine looks are one.
    void raise();
    // On the connection's strand. True when it was raised, false when the time has passed.
    boost::asio::awaitable<bool> wait(std::chrono::steady_clock::duration at_most);
    // From now on raise() does nothing. Any thread.
    void close();

    // Closes it at the end of a scope, also when the coroutine is destroyed where it waits.
    struct Closer {
        std::shared_ptr<Signal> signal;
        ~Closer() { signal->close(); }
    };

private:
    std::mutex mutex_;
    std::optional<boost::asio::any_io_executor> executor_;
    bool posted_ = false;
    // On the strand:
    bool raised_ = false;
    boost::asio::steady_timer* timer_ = nullptr;
};

}  // namespace vitrine::http
