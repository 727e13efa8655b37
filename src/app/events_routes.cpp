// The event log over the wire: server-sent events for programs, a WebSocket for the web page. Both start after an id,
// both ask again whether the caller may still listen.

#include <fmt/format.h>

#include <charconv>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

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

// Events after one, for whoever stands there.
struct News {
    std::vector<Event> events;
    bool resync = false;  // too much was missed: go on from `last`
    bool more = false;    // than a batch
    std::int64_t last = 0;
};

Result<News> news_after(House& house, WorkspaceId workspace, std::int64_t after) {
    auto found = house.events->after(workspace, after, batch);
    if (!found && found.error().code == "events.gone") return News{{}, true, false, TRY(house.events->latest(workspace))};
    auto events = TRY(std::move(found));
    auto last = events.empty() ? after : events.back().id;
    bool more = events.size() == batch;
    return News{std::move(events), false, more, last};
}

// One reader of the stream: where it stands, who it is, and what wakes it.
struct Listener {
    House& house;
    http::Caller caller;
    std::int64_t after = 0;
    queue::Events::Subscription subscription;

    Result<News> news() {
        TRY(house.accounts->check(caller, http::Right::read));
        auto news = TRY(news_after(house, caller.workspace, after));
        after = news.last;
        return news;
    }
};

// One WebSocket. Only the herald's thread looks at `after`.
struct Ear {
    http::Caller caller;
    std::int64_t after = 0;
    std::shared_ptr<http::WebSocket> socket;
    queue::Events::Subscription subscription;
};

// Tells WebSockets what came, on a thread of its own: a commit wakes it and goes on. An event is for every socket of its
// workspace, and most stand at the same place, so what one round reads is read once: the events, and whether a session or
// key may still listen.
class Herald {
public:
    explicit Herald(House& house) : house_(house), thread_([this](std::stop_token stop) { serve(stop); }) {}

    // There may be something new for it. Any thread; does not wait.
    void wake(std::weak_ptr<Ear> ear) {
        {
            std::scoped_lock lock(mutex_);
            woken_.push_back(std::move(ear));
        }
        changed_.notify_one();
    }

private:
    struct Frames {
        std::vector<std::string> texts;
        bool more = false;
        std::int64_t last = 0;
    };
    struct Round {
        std::map<std::string, bool> admitted;  // by credential
        std::map<std::pair<WorkspaceId, std::int64_t>, std::optional<Frames>> after;
    };

    void serve(std::stop_token stop) {
        std::vector<std::weak_ptr<Ear>> ears;
        while (true) {
            {
                std::unique_lock lock(mutex_);
                if (!changed_.wait(lock, stop, [&] { return !woken_.empty(); })) return;
                ears.swap(woken_);
            }
            Round round;
            for (const auto& weak : ears)
                if (auto ear = weak.lock()) tell(*ear, round);
            ears.clear();
        }
    }

    void tell(Ear& ear, Round& round) {
        for (bool more = true; more;) {
            const auto* frames = may_listen(ear, round) ? frames_after(ear, round) : nullptr;
            if (frames == nullptr) return ear.socket->close();
            for (const auto& text : frames->texts) ear.socket->send(text);
            ear.after = frames->last;
            more = frames->more;
        }
    }

    bool may_listen(const Ear& ear, Round& round) {
        auto [known, fresh] = round.admitted.try_emplace(ear.caller.credential);
        if (fresh) known->second = static_cast<bool>(house_.accounts->check(ear.caller, http::Right::read));
        return known->second;
    }

    const Frames* frames_after(const Ear& ear, Round& round) {
        auto [known, fresh] = round.after.try_emplace({ear.caller.workspace, ear.after});
        if (fresh) {
            if (auto news = news_after(house_, ear.caller.workspace, ear.after)) {
                Frames frames{{}, news->more, news->last};
                if (news->resync) frames.texts.emplace_back(R"({"kind":"resync"})");
                for (const auto& event : news->events) frames.texts.push_back(json::print(json::write(event)));
                known->second = std::move(frames);
            }
        }
        return known->second ? &*known->second : nullptr;
    }

    House& house_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<std::weak_ptr<Ear>> woken_;  // by mutex_
    std::jthread thread_;                    // the last member: it uses the others
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
                if (!news.more) return frames;
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
    return [&house, herald = std::make_shared<Herald>(house)](const http::Request& request,
                                                              std::shared_ptr<http::WebSocket> socket) -> std::shared_ptr<void> {
        auto latest = house.events->latest(request.who().workspace);
        if (!latest) {
            socket->close();
            return nullptr;
        }
        auto ear = std::make_shared<Ear>(Ear{request.who(), start_after(request, *latest), std::move(socket), {}});
        // The subscription holds both weakly: it ends when the server drops what we return.
        auto wake = [herald = std::weak_ptr(herald), ear = std::weak_ptr(ear)] {
            if (auto alive = herald.lock()) alive->wake(ear);
        };
        ear->subscription = house.events->subscribe(request.who().workspace, wake);
        wake();  // what came before it was subscribed
        return ear;
    };
}

}  // namespace vitrine::app
