#include "http/wire.hpp"

// GCC 12 takes Asio's recycling of coroutine frames for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "http/tls_context.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds goodbye_time_max{1};

}  // namespace

struct Wire::Encrypted {
    std::shared_ptr<Certificate::Context> context;
    beast::ssl_stream<beast::tcp_stream&> stream;  // gathers the pieces of a write into one record
};

Wire::Wire(asio::ip::tcp::socket socket) : tcp_(std::make_shared<beast::tcp_stream>(std::move(socket))) {}
Wire::Wire(Wire&&) noexcept = default;
Wire::~Wire() = default;

asio::awaitable<boost::system::error_code> Wire::shake_hands(const Certificate& certificate, asio::const_buffer begun) {
    auto context = certificate.context();
    tls_.reset(new Encrypted{context, beast::ssl_stream<beast::tcp_stream&>(*tcp_, context->ssl)});
    auto [error, used] = co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, begun, awaited);
    (void)used;
    co_return error;
}

asio::awaitable<void> Wire::say_goodbye() {
    if (!tls_ || !tcp_->socket().is_open()) co_return;
    tcp_->cancel();
    // A timer of its own: the stream's would not hold for a read that was already there.
    asio::steady_timer deadline(get_executor(), goodbye_time_max);
    deadline.async_wait([weak = std::weak_ptr(tcp_)](error_code cancelled) {
        auto tcp = weak.lock();
        if (!cancelled && tcp) tcp->close();
    });
    auto [ignored] = co_await tls_->stream.async_shutdown(awaited);
    (void)ignored;
}

void Wire::read_encrypted(asio::mutable_buffer into, Waiting waiting) {
    auto read = [waiting = std::move(waiting)](error_code error, std::size_t bytes) mutable {
        if (error == asio::ssl::error::stream_truncated) error = asio::error::eof;
        waiting(error, bytes);
    };
    tls_->stream.async_read_some(into, asio::bind_executor(get_executor(), std::move(read)));
}

void Wire::write_encrypted(const Pieces& from, Waiting waiting) {
    tls_->stream.async_write_some(from, std::move(waiting));
}

void Wire::shut_encrypted(Waiting waiting) {
    tls_->stream.async_shutdown(std::move(waiting));
}

}  // namespace vitrine::http
