// Requests on their way in.
// GCC 12 takes Asio's recycling of coroutine frames for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/read.hpp>

#include "http/connection.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t headers_max = 100;
// A refused body up to this size is read and thrown away, so that the connection can be used again.
constexpr std::uint64_t skipped_bytes_max = 64 * 1024;
constexpr std::chrono::seconds linger_time{5};
constexpr char tls_handshake = 22;  // RFC 8446, 5.1: the first byte of a client's hello; no request begins with it

std::string_view text_of(const beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.data().size()};
}

Error malformed_head(std::string message) {
    return {Kind::invalid, "http.malformed_head", std::move(message)};
}

class Nowhere final : public Body {
    Result<void> feed(std::string_view) override { return {}; }
    Result<void> finish(Request&) override { return {}; }
};

}  // namespace

Error Connection::too_slow() {
    return {Kind::invalid, "http.timeout", "The request came too slowly and was cut; send it again."};
}

// The port speaks both: TLS, and plain HTTP to say where TLS is (send_to_https). False: nothing more comes of this one.
// Exactly one byte is read, so that nothing of the handshake is left in our buffer.
asio::awaitable<bool> Connection::agree_on_tls() {
    wire_.tcp().expires_after(std::chrono::seconds(shared_.options.limits.header_seconds_max));  // for the handshake too
    hurry_ = [this] { wire_.tcp().cancel(); };
    auto [silent, read] = co_await wire_.async_read_some(buffer_.prepare(1), awaited);
    if (!silent) buffer_.commit(read);
    error_code failed;
    if (!silent && text_of(buffer_).front() == tls_handshake) {
        failed = co_await wire_.shake_hands(*shared_.options.certificate, buffer_.data());
        buffer_.consume(1);
    }
    hurry_ = nullptr;
    if (failed) shared_.traffic.handshake_failed(failed.message(), socket_address_);
    co_return !silent && !failed;
}

// False: the client went, or was idle for too long, and nobody waits for an answer.
asio::awaitable<bool> Connection::read_head(Exchange& exchange) {
    const auto& limits = shared_.options.limits;
    const auto bytes_max = static_cast<std::size_t>(limits.header_bytes_max);
    std::size_t checked = 0, end = std::string_view::npos;
    bool begun = false;
    while (true) {
        auto bytes = text_of(buffer_);
        if (!begun && bytes.starts_with("\r\n")) {  // RFC 9112, 2.2: clients that end a body with a line too many
            buffer_.consume(2);
            continue;
        }
        if (!begun && !bytes.empty()) {
            begun = true;
            wire_.tcp().expires_after(std::chrono::seconds(limits.header_seconds_max));
        }
        if (!bytes.empty() && bytes.front() == tls_handshake && !wire_.encrypted()) {
            exchange.malformed =
                Error{Kind::invalid, "http.tls_here_is_none", "This port speaks plain HTTP: the address begins with http://."};
            break;
        }
        end = bytes.find("\r\n\r\n", checked < 3 ? 0 : checked - 3);
        auto head = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 4);
        if (auto lines = check_lines(head, checked); !lines)
            exchange.malformed = lines.error();
        else if (head.size() > bytes_max)
            exchange.malformed =
                Error{Kind::invalid, "http.headers_too_large", fmt::format("The request's head is larger than {} bytes.", bytes_max)};
        if (end != std::string_view::npos || exchange.malformed) break;
        checked = bytes.size();

        if (!begun) {
            wire_.tcp().expires_after(std::chrono::seconds(first_ ? limits.header_seconds_max : limits.idle_seconds_max));
            hurry_ = [this] { wire_.tcp().cancel(); };
        }
        auto room = buffer_.prepare(std::min<std::size_t>(read_bytes_max, bytes_max + read_bytes_max - bytes.size()));
        auto [error, read] = co_await wire_.async_read_some(room, awaited);
        hurry_ = nullptr;
        buffer_.commit(read);
        if (error == beast::error::timeout && begun) exchange.malformed = too_slow();
        if (error) break;
    }
    first_ = false;
    exchange.began = std::chrono::steady_clock::now();
    // beast::tcp_stream closes the socket when the time is up: there is no one left to tell.
    if (!exchange.malformed && end == std::string_view::npos) co_return false;
    if (exchange.malformed && exchange.malformed->code == "http.timeout") co_return false;

    exchange.request.peer = socket_address_;
    if (!exchange.malformed) {
        auto& parser = exchange.parser.emplace();
        parser.header_limit(static_cast<std::uint32_t>(bytes_max + read_bytes_max));
        parser.body_limit(boost::none);
        error_code error;
        parser.put(asio::const_buffer(buffer_.data().data(), end + 4), error);
        if (error == beast::http::error::bad_version)
            exchange.malformed = Error{Kind::invalid, "http.version", "This server speaks HTTP/1.0 and HTTP/1.1."};
        else if (error || !parser.is_header_done())
            exchange.malformed =
                malformed_head(fmt::format("The request's head cannot be read: {}.", error ? error.message() : "it does not end"));
        buffer_.consume(end + 4);
    }
    if (!exchange.malformed) {
        const auto& head = exchange.parser->get();
        exchange.verb = std::string(head.method_string());
        exchange.target = std::string(head.target());
        exchange.http_1_0 = head.version() == 10;
        exchange.keep_alive = head.keep_alive();
        std::size_t count = 0;
        for (const auto& field : head) {
            if (++count > headers_max) {
                exchange.malformed =
                    Error{Kind::invalid, "http.headers_too_large", fmt::format("The request has more than {} headers.", headers_max)};
                break;
            }
            exchange.request.headers.add(field.name_string(), std::string(field.value()));
        }
    }
    if (!exchange.malformed) {
        auto framing = framing_of(exchange.request.headers, exchange.http_1_0);
        if (framing)
            exchange.framing = *framing;
        else
            exchange.malformed = framing.error();
    }
    exchange.request.request_id = request_id_of(exchange.request.headers);
    auto peer = shared_.proxies.find(exchange.request.headers, {socket_address_, wire_.encrypted(), {}});
    exchange.request.peer = std::move(peer.address);
    exchange.request.secure = peer.secure;
    if (!peer.host.empty()) exchange.request.headers.set("host", std::move(peer.host));
    co_return true;
}

asio::awaitable<Result<void>> Connection::read_body(Exchange& exchange, Body& body) {
    const auto& limits = shared_.options.limits;
    auto& parser = *exchange.parser;
    std::string chunk(read_bytes_max, '\0');
    const auto began = std::chrono::steady_clock::now();
    std::uint64_t came = 0;
    while (!parser.is_done()) {
        // What came fast earns no right to stop: neither the average nor a single pause may be too slow.
        auto average =
            began + std::chrono::seconds(limits.header_seconds_max + static_cast<std::int64_t>(came) / limits.body_bytes_per_second_min);
        auto pause = std::chrono::steady_clock::now() + std::chrono::seconds(limits.idle_seconds_max);
        wire_.tcp().expires_at(std::min(average, pause));
        auto& into = parser.get().body();
        into.data = chunk.data();
        into.size = chunk.size();
        into.more = true;
        auto [error, read] = co_await beast::http::async_read_some(wire_, buffer_, parser, awaited);
        (void)read;  // counts chunk headers too
        auto data = std::string_view(chunk).substr(0, chunk.size() - into.size);
        came += data.size();
        if (!data.empty()) {
            auto fed = body.feed(data);
            if (!fed) co_return fed.error();
        }
        if (error == beast::http::error::need_buffer) error = {};
        if (error == beast::error::timeout) co_return too_slow();
        if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message ||
            error == asio::error::connection_reset)
            co_return Error{Kind::invalid, "http.incomplete", "The connection ended before the body did."};
        if (error) {
            exchange.malformed = Error{Kind::invalid, "http.malformed_body", fmt::format("The body cannot be read: {}.", error.message())};
            co_return *exchange.malformed;
        }
    }
    co_return Result<void>{};
}

asio::awaitable<void> Connection::skip_rest(Exchange& exchange) {
    bool small = exchange.framing.content_length && *exchange.framing.content_length <= skipped_bytes_max;
    if (!small || exchange.malformed || exchange.expects_continue || !wire_.socket().is_open()) co_return;
    Nowhere nowhere;
    auto skipped = co_await read_body(exchange, nowhere);
    (void)skipped;  // when it failed the body stays unread, and the connection is closed
}

// Closing with unread bytes resets the connection, and the client may lose the answer it was sent: so say that no more
// comes, and give the client time to notice.
asio::awaitable<void> Connection::linger() {
    error_code ignored;
    wire_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    wire_.tcp().expires_after(linger_time);
    hurry_ = [this] { wire_.tcp().cancel(); };
    std::string thrown_away(read_bytes_max, '\0');
    while (!stopping_) {
        auto [error, read] = co_await wire_.async_read_some(asio::buffer(thrown_away), awaited);
        (void)read;
        if (error) break;
    }
    hurry_ = nullptr;
}

}  // namespace vitrine::http
