#pragma once
// For tests, this room's and the app's: a server on a free port with a guard that admits, and a client that sends bytes as they are.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/id.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "http/server.hpp"

namespace vitrine::http::testing {

class OpenGuard : public Guard {
public:
    Result<void> admit(Request& request, const Route& route) override {
        if (request.headers.get("x-api-key") == "wrong") return Error{Kind::denied, "auth.unknown_key", "This key is not known."};
        if (route.right == Right::admin) return Error{Kind::denied, "auth.denied", "This needs an admin."};
        request.caller = Caller{WorkspaceId::make(), std::nullopt, "test", "test"};
        return {};
    }
    Result<Response> once(Request& request, const Route&, const Handler& handler) override { return handler(request); }
};

// Bytes over a socket, with a time limit so that a test that waits for nothing fails instead of hanging.
class RawClient {
public:
    explicit RawClient(const std::string& address, int receive_buffer = 0) {
        auto colon = address.rfind(':');
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        timeval limit{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
        ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    }
    virtual ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // False when the server has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto sent = put(bytes);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    void shut_sending() { ::shutdown(socket_, SHUT_WR); }

    struct Answer {
        int status = 0;  // 0: the server closed without a word
        std::string head, body;
        std::string header(std::string_view name) const {
            std::string lower = head;
            for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            auto at = lower.find("\r\n" + std::string(name) + ": ");
            if (at == std::string::npos) return {};
            at += name.size() + 4;
            return head.substr(at, head.find("\r\n", at) - at);
        }
        json::Value json() const { return json::parse(body).value_or(json::Value()); }
        std::string code() const {
            auto value = json();
            return value.is_object() && value.as_object().contains("code") ? std::string(value.at("code").as_string()) : std::string();
        }
    };

    // The next answer of this connection.
    Answer receive(bool without_body = false) {
        Answer answer;
        auto head = read_until("\r\n\r\n");
        if (head.empty()) return answer;
        answer.head = head;
        answer.status = std::stoi(head.substr(9, 3));
        if (without_body || answer.status == 204 || answer.status == 304 || answer.status < 200) return answer;
        if (auto length = answer.header("content-length"); !length.empty()) answer.body = read_exactly(std::stoul(length));
        return answer;
    }
    Answer ask(std::string_view bytes) {
        send(bytes);
        return receive();
    }
    // Up to and with `end`; empty when the connection ended first.
    std::string read_until(std::string_view end) {
        std::size_t at;
        while ((at = read_.find(end)) == std::string::npos)
            if (!more()) return {};
        auto bytes = read_.substr(0, at + end.size());
        read_.erase(0, at + end.size());
        return bytes;
    }
    std::string read_exactly(std::size_t count) {
        while (read_.size() < count)
            if (!more()) break;
        auto bytes = read_.substr(0, count);
        read_.erase(0, bytes.size());
        return bytes;
    }
    // True when nothing more comes and the server has closed.
    bool closed() { return read_.empty() && !more(); }

protected:
    // How many bytes went or came; 0 or less at the end.
    virtual ssize_t put(std::string_view bytes) { return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    virtual ssize_t take(std::span<char> into) { return ::recv(socket_, into.data(), into.size(), 0); }
    int socket_ = -1;

private:
    bool more() {
        char buffer[16384];
        auto read = take(buffer);
        if (read <= 0) return false;
        read_.append(buffer, static_cast<std::size_t>(read));
        return true;
    }
    std::string read_;
};

inline std::string get(std::string_view target, std::string_view more = {}) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, more);
}
inline std::string post(std::string_view target, std::string_view type, std::string_view body, std::string_view more = {}) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}", target, type,
                       body.size(), more, body);
}

// A test adds its routes and changes the options first; the server starts with the first client.
class ServerTest : public ::testing::Test {
protected:
    ServerTest() : folder(std::filesystem::temp_directory_path() / ("vitrine_http_" + to_string(make_uuid_v7()))) {
        log::set_level(log::Level::error);
        options.listen = "127.0.0.1:0";
        options.temporary = folder / "tmp";
        std::filesystem::create_directories(folder);
    }
    // Before the members of a derived test go: streams that end with the server still use them.
    void TearDown() override { server.reset(); }
    ~ServerTest() override { std::filesystem::remove_all(folder); }

    // GET `path` with this handler.
    Route& add(std::string path, Handler handler, std::string operation = {}) {
        rows.push_back(Route{Method::get, path, Right::read, operation.empty() ? path : operation, "Of a test."});
        rows.back().handler = std::move(handler);
        return rows.back();
    }
    void start() {
        for (auto& row : rows) router.add(row);
        server.emplace(options, router, guard, metrics);
        if (page) server->page(page);
        for (const auto& [path, handler] : sockets) server->websocket(path, handler);
        auto started = server->start();
        ASSERT_TRUE(started) << started.error().message;
    }
    std::string address() {
        if (!server) start();
        return server->address();
    }
    RawClient connect() { return RawClient(address()); }
    std::size_t temporary_files() const {
        auto entries = std::filesystem::directory_iterator(options.temporary);
        return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }

    std::filesystem::path folder;
    ServerOptions options;
    std::deque<Route> rows;
    Router router;
    OpenGuard guard;
    Metrics metrics;
    std::function<std::optional<Response>(std::string_view)> page;
    std::map<std::string, WebSocketHandler> sockets;
    std::optional<Server> server;
};

}  // namespace vitrine::http::testing
