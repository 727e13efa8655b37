#include "http/server.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "core/guarded.hpp"
#include "core/log.hpp"
#include "http/body.hpp"
#include "http/connection.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

// Connections take little of a processor; two threads keep a slow disk under one upload from stopping all others.
constexpr int connection_threads = 2;

Error cannot_listen(const std::string& listen, const std::string& why) {
    return {Kind::unavailable, "http.listen", fmt::format("Cannot listen on {}: {}.", listen, why), listen};
}

// "127.0.0.1:8080", "[::1]:8080", "localhost:8080".
Result<tcp::endpoint> endpoint_of(const std::string& listen) {
    auto colon = listen.rfind(':');
    if (colon == std::string::npos) return cannot_listen(listen, "write it as address:port, like 127.0.0.1:8080");
    auto host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    error_code error;
    auto address = asio::ip::make_address(host, error);
    if (error) return cannot_listen(listen, "the address must be an IP address, like 127.0.0.1 or 0.0.0.0");
    unsigned port = 0;
    auto text = listen.substr(colon + 1);
    auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || wrong != std::errc{} || end != text.data() + text.size() || port > 65535)
        return cannot_listen(listen, "the port must be 0 to 65535");
    return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

std::string text_of(const tcp::endpoint& endpoint) {
    auto address = endpoint.address();
    return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(), endpoint.port())
                           : fmt::format("{}:{}", address.to_string(), endpoint.port());
}

}  // namespace

struct Server::Inside {
    Inside(const ServerOptions& options, const Router& router, Guard& guard, Metrics& metrics)
        : shared{options,
                 router,
                 guard,
                 Traffic(metrics),
                 Pool(static_cast<std::size_t>(options.limits.threads), static_cast<std::size_t>(options.limits.queue_max)),
                 {},
                 {},
                 {},
                 {}} {}

    asio::awaitable<void> accept() {
        while (acceptor.is_open()) {
            auto [error, socket] = co_await acceptor.async_accept(asio::any_io_executor(asio::make_strand(context)), awaited);
            if (error == asio::error::operation_aborted) break;
            if (error) {  // out of file descriptors, most often: wait for some to come back
                log::warn("http.accept", {{"reason", error.message()}});
                asio::steady_timer pause(context, std::chrono::milliseconds(100));
                co_await pause.async_wait(awaited);
                continue;
            }
            if (open.load() >= shared.options.limits.connections_max) continue;  // closes it
            serve(std::move(socket));
        }
    }

    void serve(tcp::socket socket) {
        auto strand = socket.get_executor();
        auto connection = std::make_shared<Connection>(shared, std::move(socket));
        connections.with([&](auto& all) { all.emplace(connection.get(), connection); });
        ++open;
        asio::co_spawn(strand, connection->run(), [this, connection](std::exception_ptr failure) {
            if (failure) log::error("http.connection_failed");
            connections.with([&](auto& all) { all.erase(connection.get()); });
            std::scoped_lock lock(closing_mutex);
            --open;
            closing.notify_all();
        });
    }

    Shared shared;
    std::atomic<std::int64_t> open = 0;
    std::mutex closing_mutex;
    std::condition_variable closing;
    Guarded<std::unordered_map<Connection*, std::weak_ptr<Connection>>> connections;
    std::string address;
    bool running = false;
    // Destroyed first: coroutines that still wait die here, and use what stands above.
    asio::io_context context{connection_threads};
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
    asio::strand<asio::io_context::executor_type> accepting = asio::make_strand(context);
    tcp::acceptor acceptor{accepting};
    std::vector<std::jthread> threads;
};

Server::Server(ServerOptions options, const Router& router, Guard& guard, Metrics& metrics)
    : inside_(std::make_unique<Inside>(options, router, guard, metrics)) {}

Server::~Server() {
    stop(std::chrono::seconds(0));
}

void Server::websocket(std::string path, WebSocketHandler handler) {
    inside_->shared.sockets[std::move(path)] = std::move(handler);
}

void Server::page(std::function<std::optional<Response>(std::string_view path)> page) {
    inside_->shared.page = std::move(page);
}

void Server::before_tls(std::function<std::optional<Response>(const Request&)> answer) {
    inside_->shared.before_tls = std::move(answer);
}

Result<void> Server::start() {
    auto& in = *inside_;
    const auto& options = in.shared.options;
    auto endpoint = TRY(endpoint_of(options.listen));
    in.shared.proxies = TRY(TrustedProxies::parse(options.trusted_proxies));
    TRY(clear_temporary(options.temporary));

    error_code error;
    auto tried = [&] { return error ? Result<void>(cannot_listen(options.listen, error.message())) : Result<void>(); };
    in.acceptor.open(endpoint.protocol(), error);
    TRY(tried());
    in.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    in.acceptor.bind(endpoint, error);
    if (error == asio::error::address_in_use)
        return cannot_listen(options.listen, "another program uses this port; stop it or choose another with --listen");
    if (error == asio::error::access_denied)
        return cannot_listen(options.listen, "ports below 1024 need more rights; choose another with --listen");
    TRY(tried());
    in.acceptor.listen(asio::socket_base::max_listen_connections, error);
    TRY(tried());
    in.address = text_of(in.acceptor.local_endpoint());
    in.running = true;
    asio::co_spawn(in.accepting, in.accept(), asio::detached);
    for (int i = 0; i < connection_threads; ++i) in.threads.emplace_back([&in] { in.context.run(); });
    return {};
}

std::string Server::address() const {
    return inside_->address;
}

void Server::stop(std::chrono::seconds grace) {
    auto& in = *inside_;
    if (std::exchange(in.running, false)) {
        asio::post(in.accepting, [&in] {
            error_code ignored;
            in.acceptor.close(ignored);
        });
        std::vector<std::shared_ptr<Connection>> all;
        in.connections.with([&](auto& open) {
            for (const auto& [_, weak] : open)
                if (auto connection = weak.lock()) all.push_back(std::move(connection));
        });
        for (const auto& connection : all) connection->stop();
        all.clear();
        std::unique_lock lock(in.closing_mutex);
        in.closing.wait_for(lock, grace, [&] { return in.open == 0; });
    }
    in.context.stop();
    in.threads.clear();  // joins
    in.shared.pool.stop();
}

}  // namespace vitrine::http
