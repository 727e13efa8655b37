#pragma once
// One connection: a coroutine on a strand of its own that reads requests, has the pool answer them and writes what
// comes back. Nothing here blocks but short reads and writes of files. With TLS on, the first byte says whether a
// handshake comes before all this.
//
//   idle -> head -> admitted -> body -> handler -> answer -> idle     keep-alive; pipelined requests one after another
//             \________\__________\________> problem ______> linger -> closed     when a body stays unread
//                        \______ stream, websocket _________________-> closed

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.hpp"
#include "http/pool.hpp"
#include "http/proxies.hpp"
#include "http/server.hpp"
#include "http/traffic.hpp"
#include "http/wire.hpp"

namespace vitrine::http {

// What all connections share; outlives them.
struct Shared {
    ServerOptions options;
    const Router& router;
    Guard& guard;
    Traffic traffic;
    Pool pool;
    TrustedProxies proxies;
    std::function<std::optional<Response>(std::string_view path)> page;
    std::function<std::optional<Response>(const Request&)> before_tls;
    std::map<std::string, WebSocketHandler> sockets;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Shared& shared, boost::asio::ip::tcp::socket socket);
    ~Connection();

    // Serves until either side has had enough. On the connection's strand; the caller keeps it alive.
    boost::asio::awaitable<void> run();
    // Closes when idle, ends a stream, lets a running request be its last. Any thread.
    void stop();

private:
    template <class T>
    using Async = boost::asio::awaitable<T>;

    // reading.cpp: in
    Async<bool> agree_on_tls();
    Async<bool> read_head(Exchange&);
    Async<Result<void>> read_body(Exchange&, Body&);
    Async<void> skip_rest(Exchange&);
    Async<void> linger();
    static Error too_slow();
    static constexpr std::size_t read_bytes_max = 64 * 1024;  // at a time

    // answering.cpp: who answers
    Async<Response> answer(Exchange&);
    Async<Response> answer_route(Exchange&);
    std::optional<Response> look_up(Exchange&);
    Response send_to_https(const Exchange&);
    Result<void> admit(Exchange&);
    Response handle(Exchange&);
    Response find_page(Exchange&);
    // Runs the work on the pool. False: the pool is full and nothing ran.
    Async<bool> on_pool(std::function<void()> work);

    // sending.cpp: out
    Async<bool> send(Exchange&, Response&);
    Async<bool> send_text(Exchange&, const Response&, const std::string& text);
    Async<bool> send_file(Exchange&, Response&, const FileBody&);
    Async<bool> write(std::string_view head, std::string_view body = {});

    // stream.cpp, websocket.cpp
    Async<bool> send_stream(Exchange&, const Response&, std::shared_ptr<EventStream>);
    static Async<void> watch_for_close(std::shared_ptr<Connection> self, std::function<void()> gone);
    Async<void> serve_websocket(Exchange&);

    Shared& shared_;
    boost::asio::any_io_executor strand_;
    Wire wire_;
    boost::beast::flat_buffer buffer_;
    std::string local_address_, socket_address_;
    bool first_ = true;
    bool stopping_ = false;
    std::function<void()> hurry_;  // what stop() does while the connection waits; empty while a request runs
};

}  // namespace vitrine::http
