#include "http/connection.hpp"

// GCC 12 takes Asio's recycling of coroutine frames for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/core/demangle.hpp>
#include <typeinfo>

#include "core/log.hpp"
#include "http/answer.hpp"
#include "http/target.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr std::size_t headers_max = 100;
// A refused body up to this size is read and thrown away, so that the connection can be used again.
constexpr std::uint64_t skipped_bytes_max = 64 * 1024;
constexpr std::chrono::seconds linger_time{5};

std::string_view text_of(const beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.data().size()};
}

Error malformed_head(std::string message) {
    return {Kind::invalid, "http.malformed_head", std::move(message)};
}
Error too_slow() {
    return {Kind::invalid, "http.timeout", "The request came too slowly and was cut; send it again."};
}
Error busy() {
    return {Kind::unavailable, "http.busy", "Too many requests are waiting; try again in a moment."};
}

// The last door for exceptions of a request. Their texts may hold what a person wrote, so only the type is logged.
template <class T, class Work>
Result<T> guarded(Work&& work) {
    std::string type = "unknown";
    try {
        return work();
    } catch (const std::exception& thrown) {
        type = boost::core::demangle(typeid(thrown).name());
    } catch (...) {
    }
    log::error("http.exception", {{"type", type}});
    return Error{Kind::internal, "http.internal",
                 "Something went wrong here; it is not your request. The log has it under this request id."};
}

std::optional<Method> method_of(std::string_view verb) {
    for (auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del})
        if (verb == name_of(method)) return method;
    return std::nullopt;
}

std::string allow_text(const std::vector<Method>& allowed) {
    std::string text = "OPTIONS";
    for (auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
        if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) continue;
        text += fmt::format(", {}", name_of(method));
        if (method == Method::get) text += ", HEAD";
    }
    return text;
}

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
      stream_(std::move(socket)),
      buffer_(static_cast<std::size_t>(shared.options.limits.header_bytes_max) + 2 * chunk_bytes) {
    error_code error;
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), error);
    local_address_ = address_of(stream_.socket().local_endpoint(error));
    socket_address_ = address_of(stream_.socket().remote_endpoint(error));
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
    while (!stopping_) {
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
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
}

// --- in ------------------------------------------------------------------------------------------------------------

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
            stream_.expires_after(std::chrono::seconds(limits.header_seconds_max));
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
            stream_.expires_after(std::chrono::seconds(first_ ? limits.header_seconds_max : limits.idle_seconds_max));
            hurry_ = [this] { stream_.cancel(); };
        }
        auto room = buffer_.prepare(std::min<std::size_t>(chunk_bytes, bytes_max + chunk_bytes - bytes.size()));
        auto [error, read] = co_await stream_.async_read_some(room, awaited);
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
        parser.header_limit(static_cast<std::uint32_t>(bytes_max + chunk_bytes));
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
    auto peer = shared_.proxies.find(exchange.request.headers, socket_address_);
    exchange.request.peer = std::move(peer.address);
    exchange.request.secure = peer.secure;
    co_return true;
}

asio::awaitable<Result<void>> Connection::read_body(Exchange& exchange, Body& body) {
    const auto& limits = shared_.options.limits;
    auto& parser = *exchange.parser;
    std::string chunk(chunk_bytes, '\0');
    const auto began = std::chrono::steady_clock::now();
    std::uint64_t came = 0;
    while (!parser.is_done()) {
        // What came fast earns no right to stop: neither the average nor a single pause may be too slow.
        auto average =
            began + std::chrono::seconds(limits.header_seconds_max + static_cast<std::int64_t>(came) / limits.body_bytes_per_second_min);
        auto pause = std::chrono::steady_clock::now() + std::chrono::seconds(limits.idle_seconds_max);
        stream_.expires_at(std::min(average, pause));
        auto& into = parser.get().body();
        into.data = chunk.data();
        into.size = chunk.size();
        into.more = true;
        auto [error, read] = co_await beast::http::async_read_some(stream_, buffer_, parser, awaited);
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

namespace {
class Nowhere final : public Body {
    Result<void> feed(std::string_view) override { return {}; }
    Result<void> finish(Request&) override { return {}; }
};
}  // namespace

asio::awaitable<void> Connection::skip_rest(Exchange& exchange) {
    bool small = exchange.framing.content_length && *exchange.framing.content_length <= skipped_bytes_max;
    if (!small || exchange.malformed || exchange.expects_continue || !stream_.socket().is_open()) co_return;
    Nowhere nowhere;
    auto skipped = co_await read_body(exchange, nowhere);
    (void)skipped;  // when it failed the body stays unread, and the connection is closed
}

// Closing with unread bytes resets the connection, and the client may lose the answer it was sent: so say that no more
// comes, and give the client time to notice.
asio::awaitable<void> Connection::linger() {
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger_time);
    hurry_ = [this] { stream_.cancel(); };
    std::string thrown_away(chunk_bytes, '\0');
    while (!stopping_) {
        auto [error, read] = co_await stream_.async_read_some(asio::buffer(thrown_away), awaited);
        (void)read;
        if (error) break;
    }
    hurry_ = nullptr;
}

// --- who answers ---------------------------------------------------------------------------------------------------

asio::awaitable<bool> Connection::on_pool(std::function<void()> work) {
    auto start = [this, work = std::move(work)](auto handler) mutable {
        auto executor = asio::get_associated_executor(handler);
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        auto& traffic = shared_.traffic;
        auto& pool = shared_.pool;
        auto job = [work = std::move(work), executor, resume, &traffic, &pool] {
            traffic.waiting.Set(static_cast<double>(pool.waiting()));
            work();
            asio::post(executor, [resume] { std::move (*resume)(true); });
        };
        bool taken = pool.post(std::move(job));
        if (!taken) asio::post(executor, [resume] { std::move (*resume)(false); });
        traffic.waiting.Set(static_cast<double>(pool.waiting()));
    };
    bool ran = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(std::move(start), asio::use_awaitable);
    co_return ran;
}

asio::awaitable<Response> Connection::answer(Exchange& exchange) {
    if (exchange.malformed) co_return problem(*exchange.malformed, exchange.request.request_id);
    if (auto found = look_up(exchange)) co_return std::move(*found);
    if (exchange.route) {
        Response response = co_await answer_route(exchange);
        co_return response;
    }
    std::optional<Response> response;
    std::function<void()> work = [&] { response = find_page(exchange); };
    bool ran = co_await on_pool(std::move(work));
    if (!ran) co_return problem(busy(), exchange.request.request_id);
    co_return std::move(*response);
}

// What needs no handler: refusals, OPTIONS. Otherwise the exchange has its route, or is a page's.
std::optional<Response> Connection::look_up(Exchange& exchange) {
    auto& request = exchange.request;
    auto refuse = [&](const Error& error) { return problem(error, request.request_id); };
    auto target = parse_target(exchange.target);
    if (!target) return refuse(target.error());
    if (!target->authority.empty()) request.headers.set("host", target->authority);  // RFC 9112, 3.2.2
    if (auto ours = check_host(request.headers.get("host"), local_address_, shared_.options.public_url); !ours) return refuse(ours.error());
    request.path = std::move(target->path);
    request.query = std::move(target->query);

    exchange.head_only = exchange.verb == "HEAD";
    auto method = exchange.head_only ? std::optional(Method::get) : method_of(exchange.verb);
    request.method = method.value_or(Method::get);
    auto match = shared_.router.match(request.method, request.path);
    bool is_page = match.allowed.empty() && shared_.page && request.path != "/api" && !request.path.starts_with("/api/");
    if (is_page) match.allowed = {Method::get};
    if (match.allowed.empty()) return refuse({Kind::not_found, "http.not_found", "There is nothing at this address."});
    bool known = method && (match.route || (is_page && *method == Method::get));
    if (exchange.verb == "OPTIONS" || !known) {
        auto response =
            exchange.verb == "OPTIONS"
                ? Response::empty(204)
                : refuse({Kind::invalid, "http.method_not_allowed", fmt::format("This address takes {}.", allow_text(match.allowed))});
        response.headers.set("allow", allow_text(match.allowed));
        return response;
    }
    auto expected = request.headers.get("expect");
    exchange.expects_continue = beast::iequals(expected, "100-continue");
    if (!expected.empty() && !exchange.expects_continue)
        return refuse({Kind::invalid, "http.expectation", "The only Expect taken is 100-continue."});
    if (is_page) {
        exchange.operation = "page";
        return std::nullopt;
    }
    exchange.route = match.route;
    exchange.operation = match.route->operation;
    request.params = std::move(match.params);
    if (auto query = check_query(request.query, match.route->query); !query) return refuse(query.error());
    if (match.route->websocket && !beast::websocket::is_upgrade(exchange.parser->get())) {
        auto response = refuse({Kind::invalid, "http.upgrade_required", "This address speaks WebSocket."});
        response.headers.set("upgrade", "websocket");
        response.headers.set("connection", "upgrade");
        return response;
    }
    return std::nullopt;
}

asio::awaitable<Response> Connection::answer_route(Exchange& exchange) {
    const Route& route = *exchange.route;
    auto& request = exchange.request;
    const std::string& id = request.request_id;

    // One visit of the pool when there is no body to wait for.
    bool at_once = route.body_kind == BodyKind::none && exchange.parser->is_done() && !route.websocket;
    std::optional<Response> response;
    Result<void> admitted;
    std::function<void()> first = [&] {
        log::Context context(id);
        admitted = admit(exchange);
        if (admitted && at_once) response = handle(exchange);
    };
    bool ran = co_await on_pool(std::move(first));
    if (!ran) co_return problem(busy(), id);
    if (!admitted) co_return problem(admitted.error(), id);
    if (at_once) co_return std::move(*response);
    if (route.websocket) {
        exchange.websocket = true;
        co_return Response::empty(101);
    }

    auto opened = Body::open(request, route, exchange.framing.content_length,
                             static_cast<std::uint64_t>(shared_.options.limits.upload_bytes_max), shared_.options.temporary);
    if (!opened) co_return problem(opened.error(), id);
    exchange.body = std::move(*opened);
    if (exchange.expects_continue && !exchange.parser->is_done()) {
        if (!exchange.http_1_0 && buffer_.size() == 0) {
            bool told = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
            if (!told) co_return problem(too_slow(), id);
        }
        exchange.expects_continue = false;
    }
    Result<void> read = co_await read_body(exchange, *exchange.body);
    if (read) read = exchange.body->finish(request);
    if (!read) {
        exchange.body.reset();  // a refused upload leaves the disk now
        co_return problem(read.error(), id);
    }
    std::function<void()> second = [&] {
        log::Context context(id);
        response = handle(exchange);
    };
    ran = co_await on_pool(std::move(second));
    if (!ran) co_return problem(busy(), id);
    co_return std::move(*response);
}

Result<void> Connection::admit(Exchange& exchange) {
    return guarded<void>([&] { return shared_.guard.admit(exchange.request, *exchange.route); });
}

Response Connection::handle(Exchange& exchange) {
    const Route& route = *exchange.route;
    auto response = guarded<Response>([&]() -> Result<Response> {
        return route.idempotent ? shared_.guard.once(exchange.request, route, route.handler) : route.handler(exchange.request);
    });
    if (response) return std::move(*response);
    if (status_of(response.error()) >= 500) log::failed("http.failed", response.error(), log::Level::error);
    return problem(response.error(), exchange.request.request_id);
}

Response Connection::find_page(Exchange& exchange) {
    const auto& path = exchange.request.path;
    log::Context context(exchange.request.request_id);
    auto response = guarded<Response>([&]() -> Result<Response> {
        if (auto file = shared_.page(path)) return std::move(*file);
        // An address inside the page's own routing: the page itself finds out what it means.
        if (path.substr(path.rfind('/')).find('.') == std::string::npos)
            if (auto index = shared_.page("/index.html")) return std::move(*index);
        return Error{Kind::not_found, "http.not_found", "There is nothing at this address."};
    });
    return response ? std::move(*response) : problem(response.error(), exchange.request.request_id);
}

}  // namespace vitrine::http
