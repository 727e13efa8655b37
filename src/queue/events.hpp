#pragma once
// The event log: a row appended in the transaction of the change it tells of, read in order after an id.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/json.hpp"
#include "store/database.hpp"

namespace vitrine::queue {

class Neighbours;

struct Event {
    std::int64_t id = 0;  // increasing; what a client resumes after
    std::string kind;     // "listing.changed"
    std::string subject;  // the id of what changed
    json::Value data;     // small: what a client needs to decide whether to reload
    Time at;
};
BOOST_DESCRIBE_STRUCT(Event, (), (id, kind, subject, data, at))

// Any thread.
class Events {
public:
    // With neighbours (which outlive it) subscribers hear of what other processes append, too.
    Events(store::Database&, const Clock&, Neighbours* = nullptr);
    ~Events();

    // As late in the transaction as may be: on PostgreSQL it waits for all who have appended for this workspace and have
    // not committed yet.
    Result<void> append(store::Transaction&, WorkspaceId, std::string_view kind, std::string_view subject, const json::Value& data);
    // In order, at most `limit`. When `after` is older than what is kept, the error is events.gone (resync).
    Result<std::vector<Event>> after(WorkspaceId, std::int64_t id, int limit);
    Result<std::int64_t> latest(WorkspaceId);

    // Removes what is older than 7 days, and beyond the newest 100,000 of a workspace. How many. For the hourly tidying.
    Result<std::int64_t> prune();

    // `call` runs after each commit that appended for this workspace, on the committing thread, or on that of the
    // neighbours when another process appended: be quick, wake somebody. It may run once more than there is news.
    // Unsubscribed when the returned handle is destroyed; after that no call runs. Not to be destroyed inside `call`.
    using Subscription = std::shared_ptr<void>;
    Subscription subscribe(WorkspaceId, std::function<void()> call);

private:
    struct Inside;
    std::shared_ptr<Inside> inside_;
    std::shared_ptr<void> hearing_;  // the last member: no call comes once another is gone
};

}  // namespace vitrine::queue
