#pragma once
// The server: Boost.Asio and Beast inside, none of it outside. Connections are read and written by coroutines;
// handlers are plain blocking functions on a bounded pool.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics.hpp"
#include "http/route.hpp"
#include "http/tls.hpp"

namespace vitrine::http {

// Decides whether a request may reach its handler. auth implements it.
class Guard {
public:
    virtual ~Guard() = default;
    // Before the body is read, on a pool thread. Errors: denied (401 when nobody, 403 when somebody without the right),
    // limit (429). Sets request.caller.
    virtual Result<void> admit(Request&, const Route&) = 0;
    // Runs the handler under the route's Idempotency-Key, when there is one.
    virtual Result<Response> once(Request&, const Route&, const Handler&) = 0;
};

struct Limits {
    std::int64_t threads = 4;      // handler pool
    std::int64_t queue_max = 256;  // requests waiting for the pool; beyond: 503 with Retry-After
    std::int64_t connections_max = 4096;
    std::int64_t header_bytes_max = 16 * 1024;
    std::int64_t upload_bytes_max = 820'000'000;
    std::int64_t header_seconds_max = 10;  // a client slower than this is cut
    std::int64_t idle_seconds_max = 75;
    std::int64_t body_bytes_per_second_min = 4096;
};

struct ServerOptions {
    std::string listen = "127.0.0.1:8080";  // port 0: any free one
    std::string public_url;                 // behind a proxy: what browsers see
    std::vector<std::string> trusted_proxies;
    std::filesystem::path temporary;  // bodies stream here
    Limits limits;
    std::vector<std::string> names = {};  // of this machine, in lower case: a Host may name them too
    // Serves HTTPS with it. The same port then answers plain HTTP with what before_tls() gives and otherwise with a 308.
    std::shared_ptr<Certificate> certificate = {};
    bool strict_transport = false;  // tells browsers over TLS to never come back without (HSTS)
};

// One WebSocket connection to a client. `send` may be called from any thread and never waits; when the ring of frames
// not yet sent is full, what is in it is dropped and one frame {"kind":"resync"} is sent instead: the client reloads.
// What a client sends is read and ignored, at most 4 KiB a message. After `close`, or when the client has gone, nothing
// is sent any more.
class WebSocket {
public:
    virtual ~WebSocket() = default;
    virtual void send(std::string text) = 0;
    virtual void close() = 0;
};
// Called once when a client connects, on a pool thread; what it returns lives as long as the connection.
using WebSocketHandler = std::function<std::shared_ptr<void>(const Request&, std::shared_ptr<WebSocket>)>;

// The router, the guard and the metrics outlive the server; the router's rows stay as they are from start() on.
class Server {
public:
    Server(ServerOptions, const Router&, Guard&, Metrics&);
    ~Server();

    // What answers a route with `websocket = true`: Guard::admit by that row, then the handshake, then the handler.
    // Before start().
    void websocket(std::string path, WebSocketHandler);
    // Files of the web page: "/assets/app.js" -> bytes, type and a Content-Security-Policy of its own. `/` asks for
    // "/index.html", and so does any path of no file whose last segment has no dot; nothing under /api does.
    // On a pool thread, without the guard. Before start().
    void page(std::function<std::optional<Response>(std::string_view path)>);

    // With TLS on, what a GET over plain HTTP gets instead of being sent to https: how to trust us. On a connection's
    // thread, so it must not block; without the guard. Before start().
    void before_tls(std::function<std::optional<Response>(const Request&)>);

    // Binds and starts to serve. Uploads that an earlier process left in `temporary` are removed.
    // Errors: http.listen, http.trusted_proxies, http.disk.
    Result<void> start();
    // The bound address, "127.0.0.1:8080".
    std::string address() const;
    // Stops accepting, ends streams, lets running requests finish for at most this long and cuts the rest. A handler
    // that is running cannot be cut: this returns when it does.
    void stop(std::chrono::seconds grace);

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::http
