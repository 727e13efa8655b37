#include "queue/events.hpp"

#include <list>
#include <mutex>
#include <unordered_map>

#include "queue/neighbours.hpp"

namespace vitrine::queue {
namespace {

using store::Statement;
using store::Transaction;

constexpr std::chrono::hours age_max{24 * 7};
constexpr std::int64_t count_max = 100'000;  // a workspace
constexpr std::int64_t batch_max = 5'000;    // removed in one transaction

constexpr std::string_view events_letter = "events ";  // to the neighbours, with the workspace

}  // namespace

struct Events::Inside : std::enable_shared_from_this<Events::Inside> {
    Inside(store::Database& database, const Clock& clock, Neighbours* neighbours)
        : database(database), clock(clock), neighbours(neighbours) {}

    // Held while its call runs, so that after the handle is destroyed no call runs or will.
    struct Subscriber {
        std::mutex mutex;
        std::function<void()> call;
    };

    store::Database& database;
    const Clock& clock;
    Neighbours* neighbours;
    std::mutex mutex;
    std::unordered_map<WorkspaceId, std::list<std::shared_ptr<Subscriber>>> subscribers;  // by mutex

    void tell(WorkspaceId workspace) {
        std::vector<std::shared_ptr<Subscriber>> told;
        {
            std::scoped_lock lock(mutex);
            if (auto found = subscribers.find(workspace); found != subscribers.end())
                told.assign(found->second.begin(), found->second.end());
        }
        for (auto& subscriber : told) {
            std::scoped_lock lock(subscriber->mutex);
            if (subscriber->call) subscriber->call();
        }
    }

    void hear(std::string_view letter) {
        if (!letter.starts_with(events_letter)) return;
        if (auto workspace = WorkspaceId::parse(letter.substr(events_letter.size()))) tell(*workspace);
    }
    void tell_all() {
        std::vector<WorkspaceId> workspaces;
        {
            std::scoped_lock lock(mutex);
            for (const auto& [workspace, list] : subscribers) workspaces.push_back(workspace);
        }
        for (const auto& workspace : workspaces) tell(workspace);
    }

    void forget(WorkspaceId workspace, const std::shared_ptr<Subscriber>& subscriber) {
        {
            std::scoped_lock lock(mutex);
            auto found = subscribers.find(workspace);
            if (found != subscribers.end()) {
                found->second.remove(subscriber);
                if (found->second.empty()) subscribers.erase(found);
            }
        }
        std::scoped_lock lock(subscriber->mutex);
        subscriber->call = nullptr;
    }
};

Events::Events(store::Database& database, const Clock& clock, Neighbours* neighbours)
    : inside_(std::make_shared<Inside>(database, clock, neighbours)) {
    if (neighbours == nullptr) return;
    hearing_ = neighbours->hear({.letter = [inside = inside_.get()](std::string_view letter) { inside->hear(letter); },
                                 .missed = [inside = inside_.get()] { inside->tell_all(); },
                                 .ended = [](std::string_view) {}});
}
Events::~Events() = default;

Result<void> Events::append(Transaction& tx, WorkspaceId workspace, std::string_view kind, std::string_view subject,
                            const json::Value& data) {
    static constexpr Statement insert{
        "events.append", "INSERT INTO events (workspace_id, kind, subject, data, at) VALUES (:workspace_id, :kind, :subject, :data, :at)"};
    // Else an event could become visible after a later one, and who asked "after that one" in between would never see it.
    // Taken late and held through the COMMIT: events of one workspace are committed one transaction after the other.
    TRY(tx.lock("events " + to_string(workspace)));
    TRY(tx.execute(insert, {workspace, kind, subject, data, inside_->clock.now()}));
    tx.after_commit([inside = inside_, workspace] {
        if (inside->neighbours != nullptr) inside->neighbours->tell(std::string(events_letter) + to_string(workspace));
        inside->tell(workspace);
    });
    return {};
}

Result<std::vector<Event>> Events::after(WorkspaceId workspace, std::int64_t id, int limit) {
    static constexpr Statement horizon{"events.horizon", "SELECT id FROM event_horizons WHERE workspace_id = :workspace_id"};
    static constexpr Statement select{"events.after", R"(
        SELECT id, kind, subject, data, at FROM events WHERE workspace_id = :workspace_id AND id > :id ORDER BY id LIMIT :limit)"};
    return inside_->database.read([&](Transaction& tx) -> Result<std::vector<Event>> {
        if (auto gone = TRY(tx.row(horizon, {workspace})); gone && id < gone->whole("id"))
            return Error{Kind::not_found, "events.gone",
                         "Events after this one are no longer kept; load everything anew and go on from the latest."};
        std::vector<Event> events;
        for (const auto& row : TRY(tx.rows(select, {workspace, id, limit})))
            events.push_back({row.whole("id"), row.text("kind"), row.text("subject"), TRY(row.json("data")), row.time("at")});
        return events;
    });
}

Result<std::int64_t> Events::latest(WorkspaceId workspace) {
    static constexpr Statement select{"events.latest", R"(
        SELECT coalesce(max(id), 0) AS latest FROM (
            SELECT max(id) AS id FROM events WHERE workspace_id = :workspace_id
            UNION ALL SELECT id FROM event_horizons WHERE workspace_id = :workspace_id) AS known)"};
    return inside_->database.read(
        [&](Transaction& tx) -> Result<std::int64_t> { return TRY(tx.row_or(select, {workspace}, "", "")).whole("latest"); });
}

Result<std::int64_t> Events::prune() {
    static constexpr Statement workspaces{"events.workspaces", "SELECT DISTINCT workspace_id FROM events"};
    // The newest event that may go: the count_max-th from the end, or the newest that is too old.
    static constexpr Statement cut{"events.cut", R"(
        SELECT coalesce((SELECT id FROM events WHERE workspace_id = :workspace_id ORDER BY id DESC LIMIT 1 OFFSET :count_max), 0) AS by_count,
               coalesce((SELECT id FROM events WHERE workspace_id = :workspace_id AND at < :before ORDER BY id DESC LIMIT 1), 0) AS by_age)"};
    static constexpr Statement remove{"events.remove", R"(
        DELETE FROM events WHERE id IN (SELECT id FROM events WHERE workspace_id = :workspace_id AND id <= :cut ORDER BY id LIMIT :batch)
        RETURNING id)"};
    static constexpr Statement remember{"events.remember", R"(
        INSERT INTO event_horizons (workspace_id, id) VALUES (:workspace_id, :id) ON CONFLICT (workspace_id) DO UPDATE SET id = excluded.id)"};

    auto before = inside_->clock.now() - age_max;
    std::int64_t total = 0;
    auto ids = TRY(inside_->database.read([&](Transaction& tx) { return tx.rows(workspaces); }));
    for (const auto& row : ids) {
        auto workspace = row.id<WorkspaceId>("workspace_id");
        auto limits = TRY(inside_->database.read([&](Transaction& tx) { return tx.row_or(cut, {workspace, count_max, before}, "", ""); }));
        auto last = std::max(limits.whole("by_count"), limits.whole("by_age"));
        for (std::int64_t removed = batch_max; removed == batch_max; total += removed) {
            removed = TRY(inside_->database.write([&](Transaction& tx) -> Result<std::int64_t> {
                std::int64_t horizon = 0;
                auto gone = TRY(tx.rows(remove, {workspace, last, batch_max}));
                for (const auto& one : gone) horizon = std::max(horizon, one.whole("id"));
                if (horizon > 0) TRY(tx.execute(remember, {workspace, horizon}));
                return static_cast<std::int64_t>(gone.size());
            }));
        }
    }
    return total;
}

Events::Subscription Events::subscribe(WorkspaceId workspace, std::function<void()> call) {
    auto subscriber = std::make_shared<Inside::Subscriber>();
    subscriber->call = std::move(call);
    {
        std::scoped_lock lock(inside_->mutex);
        inside_->subscribers[workspace].push_back(subscriber);
    }
    return Subscription(subscriber.get(), [inside = inside_, workspace, subscriber](void*) { inside->forget(workspace, subscriber); });
}

}  // namespace vitrine::queue
