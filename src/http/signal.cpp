#include "http/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace vitrine::http {

void Signal::raise() {
    std::scoped_lock lock(mutex_);
    if (!executor_ || std::exchange(posted_, true)) return;
    boost::asio::post(*executor_, [self = shared_from_this()] {
        {
            std::scoped_lock lock(self->mutex_);
            self->posted_ = false;
        }
        self->raised_ = true;
        if (self->timer_) self->timer_->cancel();
    });
}

void Signal::close() {
    std::scoped_lock lock(mutex_);
    executor_.reset();
}

boost::asio::awaitable<bool> Signal::wait(std::chrono::steady_clock::duration at_most) {
    if (!raised_) {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, at_most);
        timer_ = &timer;
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        timer_ = nullptr;
    }
    co_return std::exchange(raised_, false);
}

}  // namespace vitrine::http
