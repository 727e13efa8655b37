// WebSocket: frames wait in a bounded ring until the client takes them.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "core/log.hpp"
#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/signal.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t ring_frames_max = 256;
constexpr std::size_t message_bytes_max = 4096;
constexpr std::chrono::seconds close_time{5};
constexpr std::string_view resync = R"({"kind":"resync"})";

// What a handler holds; it may outlive the connection.
class Ring final : public WebSocket {
public:
    explicit Ring(std::weak_ptr<Signal> signal) : signal_(std::move(signal)) {}

    void send(std::string text) override {
        {
            std::scoped_lock lock(mutex_);
            if (closed_) return;
            if (frames_.size() >= ring_frames_max) {
                frames_.clear();
                frames_.emplace_back(resync);
            }
            frames_.push_back(std::move(text));
        }
        wake();
    }
    void close() override {
        {
            std::scoped_lock lock(mutex_);
            closed_ = true;
        }
        wake();
    }

    // The next frame to send; what came before close() is still sent.
    std::optional<std::string> take() {
        std::scoped_lock lock(mutex_);
        if (frames_.empty()) return std::nullopt;
        auto frame = std::move(frames_.front());
        frames_.pop_front();
        return frame;
    }
    bool closed() const {
        std::scoped_lock lock(mutex_);
        return closed_;
    }

private:
    void wake() {
        if (auto signal = signal_.lock()) signal->raise();
    }
    std::weak_ptr<Signal> signal_;
    mutable std::mutex mutex_;
    std::deque<std::string> frames_;
    bool closed_ = false;
};

// Shared by the coroutine that writes and the one that reads.
struct Socket {
    beast::websocket::stream<Wire> stream;
    std::shared_ptr<Signal> signal;
    std::shared_ptr<Ring> ring;
    bool closing = false;  // the client has said that it goes
    bool gone = false;
};

// What a client sends means nothing to us, but reading is what answers its pings and its close.
asio::awaitable<void> read_until_gone(std::shared_ptr<Socket> socket) {
    beast::flat_buffer buffer;
    while (true) {
        auto [error, read] = co_await socket->stream.async_read(buffer, awaited);
        (void)read;
        if (error) break;
        buffer.clear();
    }
    socket->gone = true;
    socket->signal->raise();
}

}  // namespace

asio::awaitable<void> Connection::serve_websocket(Exchange& exchange) {
    auto signal = std::make_shared<Signal>(strand_);
    Signal::Closer closer{signal};
    auto ring = std::make_shared<Ring>(signal);
    wire_.tcp().expires_never();
    auto socket = std::make_shared<Socket>(Socket{beast::websocket::stream<Wire>(std::move(wire_)), signal, ring});
    auto& stream = socket->stream;

    beast::websocket::stream_base::timeout patience{};
    patience.handshake_timeout = std::chrono::seconds(shared_.options.limits.header_seconds_max);
    patience.idle_timeout = std::chrono::seconds(shared_.options.limits.idle_seconds_max);
    patience.keep_alive_pings = true;
    stream.set_option(patience);
    stream.set_option(
        beast::websocket::stream_base::decorator([id = exchange.request.request_id](beast::websocket::response_type& response) {
            response.set("x-request-id", id);
            response.erase(beast::http::field::server);
        }));
    stream.read_message_max(message_bytes_max);
    stream.text(true);
    stream.auto_fragment(false);  // frames are in memory already

    stream.control_callback([weak = std::weak_ptr(socket)](beast::websocket::frame_type kind, auto) {
        auto alive = weak.lock();
        if (!alive || kind != beast::websocket::frame_type::close) return;
        alive->closing = true;
        alive->signal->raise();
    });

    auto handshake = exchange.parser->release();
    auto [refused] = co_await stream.async_accept(handshake, awaited);
    if (refused) co_return;
    // A socket is idle for hours: what was for reading requests is given back.
    exchange.parser.reset();
    handshake = {};
    buffer_.clear();
    buffer_.shrink_to_fit();

    shared_.traffic.streams.Increment();
    std::shared_ptr<void> listener;
    std::weak_ptr<Ring> weak_ring = ring;
    hurry_ = [weak_ring] {
        if (auto alive = weak_ring.lock()) alive->close();
    };
    asio::co_spawn(strand_, read_until_gone(socket), asio::detached);
    auto handler = shared_.sockets.find(exchange.route->path);
    std::function<void()> connect = [&] {
        log::Context context(exchange.request.request_id);
        try {
            if (handler != shared_.sockets.end()) listener = handler->second(exchange.request, ring);
        } catch (...) {
            log::error("http.websocket_failed");
        }
        if (!listener) ring->close();
    };
    bool ran = co_await on_pool(std::move(connect));
    if (!ran || stopping_) ring->close();

    while (!socket->gone && !socket->closing) {
        auto frame = ring->take();
        if (frame) {
            auto [error, written] = co_await stream.async_write(asio::buffer(*frame), awaited);
            (void)written;
            if (error) break;
        } else if (ring->closed()) {
            listener.reset();
            auto reason = stopping_ ? beast::websocket::close_code::going_away : beast::websocket::close_code::normal;
            co_await stream.async_close(reason, awaited);
            break;
        } else {
            co_await signal->wait(std::chrono::hours(1));
        }
    }
    hurry_ = nullptr;
    ring->close();
    listener.reset();
    shared_.traffic.streams.Decrement();
    // The reader answers the client's close and waits for it to hang up. A raise may still be there that was meant for the
    // loop above, so it is not enough to be woken once.
    const auto until = std::chrono::steady_clock::now() + close_time;
    while (socket->closing && !socket->gone && std::chrono::steady_clock::now() < until)
        co_await signal->wait(until - std::chrono::steady_clock::now());
    beast::get_lowest_layer(stream).close();
}

}  // namespace vitrine::http
