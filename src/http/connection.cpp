#include "http/connection.hpp"

// GCC 12 takes Asio's recycling of coroutine frames for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::string address_of(const asio::ip::tcp::endpoint& endpoint) {
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address.to_string();
}

}  // namespace

// The buffer is bounded too: a chunk's extension, for one, may go on for ever.
Connection::Connection(Shared& shared, asio::ip::tcp::socket socket)
    : shared_(shared),
      strand_(socket.get_executor()),
      wire_(std::move(socket)),
      buffer_(static_cast<std::size_t>(shared.options.limits.header_bytes_max) + 2 * read_bytes_max) {
    error_code error;
    wire_.socket().set_option(asio::ip::tcp::no_delay(true), error);
    local_address_ = address_of(wire_.socket().local_endpoint(error));
    socket_address_ = address_of(wire_.socket().remote_endpoint(error));
    shared_.traffic.connections.Increment();
}

Connection::~Connection() {
    shared_.traffic.connections.Decrement();
}

void Connection::stop() {
    asio::post(strand_, [self = shared_from_this()] {
        self->stopping_ = true;
        if (self->hurry_) self->hurry_();
    });
}

asio::awaitable<void> Connection::run() {
    bool agreed = true;
    if (shared_.options.certificate) agreed = co_await agree_on_tls();
    while (agreed && !stopping_) {
        Exchange exchange;
        bool came = co_await read_head(exchange);
        if (!came) break;
        shared_.traffic.in_flight.Increment();
        Response response = co_await answer(exchange);
        shared_.traffic.in_flight.Decrement();
        shared_.traffic.finished(exchange.operation, exchange.request, exchange.websocket ? 101 : response.status,
                                 std::chrono::steady_clock::now() - exchange.began);
        if (exchange.websocket) {
            co_await serve_websocket(exchange);
            co_return;
        }
        if (exchange.body_unread()) co_await skip_rest(exchange);
        if (exchange.body_unread() || exchange.malformed || stopping_) exchange.keep_alive = false;
        bool sent = co_await send(exchange, response);
        if (!sent) break;
        if (!exchange.keep_alive) {
            if (exchange.body_unread()) co_await linger();
            break;
        }
    }
    co_await wire_.say_goodbye();
    error_code ignored;
    wire_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    wire_.tcp().close();
}

}  // namespace vitrine::http
