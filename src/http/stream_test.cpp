// What stays open: server-sent events and WebSockets, and clients that are slow, silent or gone.
#include <latch>
#include <thread>

#include "http/testing.hpp"

namespace vitrine::http::testing {
namespace {

using namespace std::chrono_literals;

// A log that streams read from, as the event log is.
struct Log {
    std::vector<std::string> lines;
    std::map<int, std::function<void()>> wakes;
    int next = 0;
};

class StreamTest : public ServerTest {
protected:
    StreamTest() {
        auto& stream = add("/api/v1/events", [this](Request& request) -> Result<Response> {
            auto at = std::make_shared<std::size_t>(
                request.headers.has("last-event-id") ? std::stoul(std::string(request.headers.get("last-event-id"))) : 0);
            // Unsubscribes when the stream is destroyed.
            auto subscription = std::shared_ptr<int>(new int(0), [this](int* id) {
                log.with([&](Log& log) { log.wakes.erase(*id); });
                delete id;
            });
            auto events = std::make_shared<EventStream>();
            events->start = [this, subscription](std::function<void()> wake) {
                log.with([&](Log& log) { log.wakes[*subscription = ++log.next] = wake; });
            };
            events->next = [this, at]() -> Result<std::string> {
                return log.with([&](Log& log) -> Result<std::string> {
                    std::string frames;
                    for (; *at < log.lines.size(); ++*at) {
                        if (log.lines[*at] == "end") return Error{Kind::denied, "auth.revoked", "No longer."};
                        frames += fmt::format("id: {}\ndata: {}\n\n", *at + 1, log.lines[*at]);
                    }
                    return frames;
                });
            };
            Response response;
            response.headers.set("content-type", "text/event-stream");
            response.body = events;
            return response;
        });
        stream.answer_type = "text/event-stream";
        add("/api/v1/socket", {}).websocket = true;
        add("/api/v1/ping", [](Request&) -> Result<Response> { return Response::empty(); });
    }
    void append(std::string line) {
        log.with([&](Log& log) {
            log.lines.push_back(std::move(line));
            for (auto& [_, wake] : log.wakes) wake();
        });
    }
    std::size_t listeners() {
        return log.with([](Log& log) { return log.wakes.size(); });
    }
    Guarded<Log> log;
};

TEST_F(StreamTest, events_come_when_the_stream_is_woken_and_resume_after_an_id) {
    options.limits.threads = 1;  // no stream holds it
    append("one");
    auto client = connect();
    client.send(get("/api/v1/events"));
    auto head = client.receive(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("transfer-encoding"), "chunked");
    EXPECT_EQ(client.read_until("\n\n\r\n"), "11\r\nid: 1\ndata: one\n\n\r\n");
    auto late = connect();
    late.send(get("/api/v1/events", "Last-Event-ID: 1\r\n"));
    EXPECT_EQ(late.receive(true).status, 200);
    EXPECT_EQ(connect().ask(get("/api/v1/ping")).status, 204);
    append("two");
    EXPECT_NE(client.read_until("data: two\n\n"), "");
    auto resumed = late.read_until("data: two\n\n");
    EXPECT_NE(resumed, "");
    EXPECT_EQ(resumed.find("one"), std::string::npos);
}

TEST_F(StreamTest, a_stream_ends_with_its_error_with_its_client_and_with_the_server) {
    auto ended = connect(), gone = connect(), stopped = connect();
    for (auto* client : {&ended, &gone, &stopped}) {
        client->send(get("/api/v1/events"));
        EXPECT_EQ(client->receive(true).status, 200);
    }
    while (listeners() < 3) std::this_thread::yield();
    gone.close();
    while (listeners() > 2) std::this_thread::yield();
    append("end");
    EXPECT_EQ(ended.read_until("0\r\n\r\n"), "0\r\n\r\n");
    while (listeners() > 0) std::this_thread::yield();

    log.with([](Log& log) { log.lines.clear(); });
    auto last = connect();
    last.send(get("/api/v1/events"));
    EXPECT_EQ(last.receive(true).status, 200);
    while (listeners() < 1) std::this_thread::yield();
    server->stop(20s);
    EXPECT_EQ(last.read_until("0\r\n\r\n"), "0\r\n\r\n");
    EXPECT_EQ(listeners(), 0u);
}

std::string upgrade(std::string_view more = {}) {
    return get(
        "/api/v1/socket",
        fmt::format(
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}",
            more));
}

// A short frame as a client masks it (with zeros).
std::string frame(unsigned char opcode, std::string_view payload) {
    std::string bytes{static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
    return bytes + std::string(payload);
}

// The payload of the next frame from the server.
std::string receive_frame(RawClient& client, unsigned char opcode = 1) {
    auto head = client.read_exactly(2);
    if (head.size() < 2) return "closed";
    EXPECT_EQ(static_cast<unsigned char>(head[0]), 0x80 | opcode);
    std::size_t size = static_cast<unsigned char>(head[1]);
    if (size == 126) {
        auto more = client.read_exactly(2);
        size = static_cast<std::size_t>(static_cast<unsigned char>(more[0])) << 8 | static_cast<unsigned char>(more[1]);
    }
    return client.read_exactly(size);
}

TEST_F(StreamTest, a_websocket_is_admitted_like_any_request_and_sends_what_its_handler_sends) {
    auto state = std::make_shared<int>(7);
    std::weak_ptr<int> alive = state;
    std::shared_ptr<WebSocket> kept;
    std::latch connected(1);
    sockets["/api/v1/socket"] = [&](const Request& request, std::shared_ptr<WebSocket> socket) -> std::shared_ptr<void> {
        EXPECT_EQ(request.who().name, "test");
        socket->send("hello");
        kept = socket;
        connected.count_down();
        return std::exchange(state, nullptr);
    };
    EXPECT_EQ(connect().ask(upgrade("X-API-Key: wrong\r\n")).status, 401);
    auto plain = connect().ask(get("/api/v1/socket"));
    EXPECT_EQ(plain.status, 426);
    EXPECT_EQ(plain.header("upgrade"), "websocket");

    auto client = connect();
    client.send(upgrade("X-Request-Id: ws-1\r\n"));
    auto accepted = client.receive();
    EXPECT_EQ(accepted.status, 101);
    EXPECT_EQ(accepted.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(accepted.header("x-request-id"), "ws-1");
    EXPECT_EQ(receive_frame(client), "hello");
    connected.wait();
    client.send(frame(1, "noise") + frame(9, "are you there"));
    EXPECT_EQ(receive_frame(client, 10), "are you there") << "a ping is answered, words are not";
    kept->send("more");
    EXPECT_EQ(receive_frame(client), "more");
    client.send(frame(8, "\x03\xe8"));
    EXPECT_EQ(receive_frame(client, 8).substr(0, 2), "\x03\xe8");
    while (!alive.expired()) std::this_thread::yield();
    server.reset();
    kept->send("to nobody");  // outlives the server
}

TEST_F(StreamTest, a_client_that_falls_behind_is_told_to_reload) {
    std::shared_ptr<WebSocket> kept;
    std::latch connected(1);
    sockets["/api/v1/socket"] = [&](const Request&, std::shared_ptr<WebSocket> socket) -> std::shared_ptr<void> {
        kept = socket;
        connected.count_down();
        return std::make_shared<int>(1);
    };
    RawClient client(address(), 4096);
    client.send(upgrade());
    EXPECT_EQ(client.receive().status, 101);
    connected.wait();
    std::string wide(60'000, 'x');
    for (int i = 0; i < 2000; ++i) kept->send(wide);  // more than sockets hold
    kept->send("last");
    bool resync = false;
    std::string read;
    for (int frames = 0; (read = receive_frame(client)) != "last" && frames < 2001; ++frames)
        resync = resync || read == R"({"kind":"resync"})";
    EXPECT_EQ(read, "last");
    EXPECT_TRUE(resync);
    kept->close();
    EXPECT_EQ(receive_frame(client, 8), "\x03\xe8");
}

TEST_F(StreamTest, a_message_too_large_closes_the_socket) {
    sockets["/api/v1/socket"] = [](const Request&, std::shared_ptr<WebSocket>) -> std::shared_ptr<void> {
        return std::make_shared<int>(1);
    };
    auto client = connect();
    client.send(upgrade());
    EXPECT_EQ(client.receive().status, 101);
    client.send(std::string("\x81\xfe\x20\x00\0\0\0\0", 8) + std::string(8192, 'x'));
    EXPECT_EQ(receive_frame(client, 8), "\x03\xf1") << "1009, too big";
}

TEST_F(StreamTest, a_client_that_sends_its_head_or_its_body_too_slowly_is_cut) {
    options.limits.header_seconds_max = 1;
    options.limits.idle_seconds_max = 1;
    auto& upload = add("/api/v1/photos", [](Request&) -> Result<Response> { return Response::empty(); });
    upload.method = Method::post;
    upload.body_kind = BodyKind::photos;
    auto silent = connect(), slow_head = connect(), slow_body = connect(), idle = connect();
    slow_head.send("GET /api/v1/ping HTTP/1.1\r\nHost: local");
    slow_body.send("POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 100\r\n\r\nabc");
    EXPECT_EQ(idle.ask(get("/api/v1/ping")).status, 204);
    for (auto* client : {&silent, &slow_head, &slow_body, &idle}) EXPECT_TRUE(client->closed());
    while (temporary_files() > 0) std::this_thread::yield();
}

TEST_F(StreamTest, a_client_that_dribbles_is_cut_though_it_never_pauses) {
    options.limits.header_seconds_max = 1;
    options.limits.body_bytes_per_second_min = 1'000'000;
    auto& upload = add("/api/v1/photos", [](Request&) -> Result<Response> { return Response::empty(); });
    upload.method = Method::post;
    upload.body_kind = BodyKind::photos;
    auto client = connect();
    client.send("POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 1000000\r\n\r\n");
    int sent = 0;
    while (client.send("x") && sent < 500) {
        ++sent;
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_LT(sent, 500);
}

}  // namespace
}  // namespace vitrine::http::testing
