// Who answers a request: a refusal, a page, or a route's handler on the pool.
// GCC 12 takes Asio's recycling of coroutine frames for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/core/demangle.hpp>
#include <typeinfo>

#include "core/log.hpp"
#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/target.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

Error busy() {
    return {Kind::unavailable, "http.busy", "Too many requests are waiting; try again in a moment."};
}

// The last door for exceptions of a request. Their texts may hold what a person wrote, so only the type is logged.
template <class T, class Work>
Result<T> guarded(Work&& work) {
    std::string type = "unknown";
    try {
        return work();
    } catch (const std::bad_alloc&) {
        log::error("http.no_memory");
        return Error{Kind::unavailable, "http.no_memory", "There is not enough memory for this now; try again in a moment."};
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

}  // namespace

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
    if (auto ours = check_host(request.headers.get("host"), {local_address_, shared_.options.public_url, shared_.options.names}); !ours)
        return refuse(ours.error());
    request.path = std::move(target->path);
    request.query = std::move(target->query);

    exchange.head_only = exchange.verb == "HEAD";
    if (shared_.options.certificate && !request.secure) return send_to_https(exchange);
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

// Over plain HTTP, where TLS is on, there is only what somebody needs who has no TLS yet.
Response Connection::send_to_https(const Exchange& exchange) {
    const auto& request = exchange.request;
    if (shared_.before_tls && (exchange.verb == "GET" || exchange.head_only))
        if (auto response = shared_.before_tls(request)) return std::move(*response);
    auto target = exchange.target.starts_with('/') ? exchange.target : "/";
    auto there = fmt::format("https://{}{}", request.headers.get("host"), target);
    auto response = Response::text(308, "text/plain; charset=utf-8", "This server speaks HTTPS: the address begins with https://.\n");
    response.headers.set("location", std::move(there));
    return response;
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
