// The event log over the wire: server-sent events for programs, a WebSocket for the web page. Both start after an id,
// both ask again whether the caller may still listen.

#include <fmt/format.h>

#include <charconv>

#include "app/routes.hpp"

namespace vitrine::app {
namespace {

using queue::Event;

constexpr int batch = 100;

std::int64_t start_after(const http::Request& request, std::int64_t latest) {
    auto text =
        request.headers.has("Last-Event-ID") ? std::string(request.headers.get("Last-Event-ID")) : request.query_if("after").value_or("");
    std::int64_t id = latest;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

// One listener: where it stands, who it is, and what wakes it.
struct Listener {
    House& house;
    http::Caller caller;
    std::int64_t after = 0;
    queue::Events::Subscription subscription;

    // What came since, at most `batch`. Empty and `resync` when too much was missed.
    struct News {
        std::vector<Event> events;
        bool resync = false;
    };
    Result<News> news() {
        TRY(house.accounts->check(caller, http::Right::read));
        auto found = house.events->after(caller.workspace, after, batch);
        if (!found && found.error().code == "events.gone") {
            after = TRY(house.events->latest(caller.workspace));
            return News{{}, true};
        }
        auto events = TRY(std::move(found));
        if (!events.empty()) after = events.back().id;
        return News{std::move(events), false};
    }
};

}  // namespace

void add_events_routes(http::Router& router, House& house) {
    http::Route stream{http::Method::get, "/api/v1/events", http::Right::read, "events.stream",
                       "Server-sent events of this workspace, in order; resumed by Last-Event-ID or ?after=."};
    stream.answer_type = "text/event-stream";
    stream.query = {{"after", "Only events after this id; without it, from now on.", json::Object{{"type", "integer"}, {"minimum", 0}}}};
    stream.handler = [&house](http::Request& request) -> Result<http::Response> {
        auto listener = std::make_shared<Listener>(Listener{house, request.who(), 0, {}});
        listener->after = start_after(request, TRY(house.events->latest(request.who().workspace)));

        auto events = std::make_shared<http::EventStream>();
        events->start = [listener](std::function<void()> wake) {
            listener->subscription = listener->house.events->subscribe(listener->caller.workspace, wake);
            wake();  // what is missing already
        };
        events->next = [listener]() -> Result<std::string> {
            std::string frames;
            while (true) {
                auto news = TRY(listener->news());
                if (news.resync) frames += fmt::format("event: resync\nid: {}\ndata: {{}}\n\n", listener->after);
                for (const auto& event : news.events)
                    frames += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.kind, json::print(json::write(event)));
                if (news.events.size() < batch) return frames;
            }
        };
        http::Response response;
        response.headers.set("Content-Type", "text/event-stream");
        response.headers.set("Cache-Control", "no-store");
        response.body = events;
        return response;
    };
    router.add(std::move(stream));

    http::Route socket{http::Method::get, "/api/v1/events/socket", http::Right::read, "events.socket",
                       "The same events as WebSocket text frames, for the web page; {\"kind\":\"resync\"} when some were dropped."};
    socket.answer_type = "";
    socket.websocket = true;
    socket.query = {{"after", "Only events after this id; without it, from now on.", json::Object{{"type", "integer"}, {"minimum", 0}}}};
    router.add(std::move(socket));
}

http::WebSocketHandler events_socket(House& house) {
    return [&house](const http::Request& request, std::shared_ptr<http::WebSocket> socket) -> std::shared_ptr<void> {
        auto latest = house.events->latest(request.who().workspace);
        if (!latest) {
            socket->close();
            return nullptr;
        }
        struct Connection {
            Connection(Listener listener, std::shared_ptr<http::WebSocket> socket)
                : listener(std::move(listener)), socket(std::move(socket)) {}
            Guarded<Listener> listener;
            std::shared_ptr<http::WebSocket> socket;
        };
        auto connection = std::make_shared<Connection>(Listener{house, request.who(), start_after(request, *latest), {}}, socket);
        // The subscription holds the connection weakly: it ends when the server drops what we return.
        auto tell = [weak = std::weak_ptr<Connection>(connection)] {
            auto alive = weak.lock();
            if (!alive) return;
            alive->listener.with([&](Listener& listener) {
                while (true) {
                    auto news = listener.news();
                    if (!news) return alive->socket->close();
                    if (news->resync) alive->socket->send(R"({"kind":"resync"})");
                    for (const auto& event : news->events) alive->socket->send(json::print(json::write(event)));
                    if (news->events.size() < batch) return;
                }
            });
        };
        auto subscription = house.events->subscribe(request.who().workspace, tell);
        connection->listener.with([&](Listener& listener) { listener.subscription = subscription; });
        tell();
        return connection;
    };
}

}  // namespace vitrine::app
