// Server-sent events: a coroutine waits, the pool is asked only when there may be something to send.
// GCC 12 takes Asio's recycling of coroutine frames for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/log.hpp"
#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/signal.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
// Proxies and phones drop what is silent for longer; it also finds clients that are gone without a word.
constexpr std::chrono::seconds heartbeat{15};
constexpr std::chrono::milliseconds busy_pause{200};
constexpr std::size_t said_meanwhile_max = 64 * 1024;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

}  // namespace

// Calls `gone` once when the client closes. What it sends meanwhile is thrown away; one that does not stop is gone too.
asio::awaitable<void> Connection::watch_for_close(std::shared_ptr<Connection> self, std::function<void()> gone) {
    std::array<char, 512> thrown_away;
    self->wire_.tcp().expires_never();
    for (std::size_t came = 0; came < said_meanwhile_max;) {
        auto [error, read] = co_await self->wire_.async_read_some(asio::buffer(thrown_away), awaited);
        if (error) break;
        came += read;
    }
    gone();
}

asio::awaitable<bool> Connection::send_stream(Exchange& exchange, const Response& response, std::shared_ptr<EventStream> events) {
    exchange.keep_alive = false;
    auto head = head_text(response, {std::nullopt, false, exchange.http_1_0});
    bool alive = co_await write(head);
    if (!alive || exchange.head_only) co_return false;
    shared_.traffic.streams.Increment();

    auto signal = std::make_shared<Signal>(strand_);
    Signal::Closer closer{signal};
    auto over = std::make_shared<bool>(stopping_);  // the watcher may speak up after this has returned
    auto end = [over, weak = std::weak_ptr(signal)] {
        *over = true;
        if (auto alive = weak.lock()) alive->raise();
    };
    hurry_ = end;
    asio::co_spawn(strand_, watch_for_close(shared_from_this(), end), asio::detached);

    Result<std::string> text = std::string();
    bool started = false;
    std::function<void()> ask = [&] {
        log::Context context(exchange.request.request_id);
        try {
            if (!std::exchange(started, true))
                events->start([weak = std::weak_ptr(signal)] {
                    if (auto alive = weak.lock()) alive->raise();
                });
            text = events->next();
        } catch (...) {
            text = Error{Kind::internal, "http.internal", "The stream failed."};
        }
    };
    bool woken = true;
    while (!*over) {
        text = std::string();
        bool ran = co_await on_pool(ask);
        if (*over) break;
        if (!text) {
            log::Context context(exchange.request.request_id);
            log::failed("http.stream_ended", text.error(), log::Level::info);
            break;
        }
        std::string frames = std::move(*text);
        if (frames.empty() && !woken) frames = ": still here\n\n";
        if (!frames.empty()) {
            if (!exchange.http_1_0) frames = fmt::format("{:x}\r\n{}\r\n", frames.size(), frames);
            alive = co_await write(frames);
            if (!alive) break;
        }
        woken = co_await signal->wait(ran ? std::chrono::steady_clock::duration(heartbeat) : busy_pause);
        if (!ran) woken = true;  // the question is still open
    }
    hurry_ = nullptr;
    if (alive && !exchange.http_1_0) alive = co_await write("0\r\n\r\n");
    shared_.traffic.streams.Decrement();
    co_return false;
}

}  // namespace vitrine::http
