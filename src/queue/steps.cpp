#include "queue/steps.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "queue/lease_row.hpp"

namespace vitrine::queue {
namespace {

using store::Row;
using store::Statement;
using store::Transaction;

// migrations/0005_step.postgres.sql
constexpr Statement step_sql{"queue.step", R"(
    SELECT what, id, workspace_id, kind, payload, fence, attempts, request_id, not_before, came_due, turn
    FROM queue_step(:done, :fences, :results, :kinds, :served, :most, :owner, :until, :now))"};

// As PostgreSQL reads an array: {"a","b"}.
template <class Range>
std::string array_text(const Range& texts) {
    std::string array = "{";
    for (const auto& text : texts) {
        array += array.size() > 1 ? ",\"" : "\"";
        for (char each : text) {
            if (each == '"' || each == '\\') array += '\\';
            array += each;
        }
        array += '"';
    }
    return array + "}";
}

}  // namespace

// What is done, as arrays.
struct Queue::Inside::Steps::Done {
    std::vector<std::string> jobs, fences, results;
    void add(const Lease& lease, const json::Value& result) {
        jobs.push_back(to_string(lease.job));
        fences.push_back(fmt::to_string(lease.fence));
        results.push_back(json::print(result));
    }
};

// What the server answers.
struct Queue::Inside::Steps::Said {
    std::set<std::string> done;
    std::deque<Lease> taken;
    std::optional<Time> next;
    std::int64_t came_due = 0;
};

struct Queue::Inside::Steps::Caller {
    const Step& step;
    std::optional<Error> error = Error{Kind::internal, "queue.step", "The queue could not be asked."};
    Answer answer{};
};

Result<Queue::Inside::Steps::Answer> Queue::Inside::Steps::take(const Step& step) {
    Caller self{step};
    // One question for all: who asks another (a kind is held since) goes by itself.
    auto alike = [](const Caller& one, const Caller& other) {
        return std::ranges::equal(one.step.kinds, other.step.kinds) && one.step.lease_time == other.step.lease_time;
    };
    callers_.join(self, alike, [this](const Group& group) { serve(group); });
    if (self.error) return *std::move(self.error);
    if (step.done != nullptr) inside_.count(step.done->kind, "done");
    return std::move(self.answer);
}

void Queue::Inside::Steps::serve(const Group& group) {
    auto now = inside_.clock.now();
    auto until = since_boot(inside_.clock.steady() + group.front()->step.lease_time);
    auto served = inside_.database.write([&](Transaction& tx) { return serve_in(tx, group, now, until); });
    if (served) return;
    // Something in what one of them says is refused: the others need not suffer for it.
    bool refused = group.size() > 1 && served.error().kind != Kind::unavailable;
    for (auto* caller : group) {
        caller->answer = {};
        caller->error = served.error();
        if (refused) serve({caller});
    }
}

Result<void> Queue::Inside::Steps::serve_in(Transaction& tx, const Group& group, Time now, std::chrono::milliseconds until) {
    Done done;
    for (const auto* caller : group)
        if (caller->step.done != nullptr) done.add(*caller->step.done, *caller->step.result);
    Said said;
    // Once more when a damaged job was buried in place of one that can be leased.
    while (TRY(ask(tx, std::exchange(done, {}), group, now, until, said))) {
    }

    if (said.came_due > static_cast<std::int64_t>(said.taken.size())) tx.after_commit([&inside = inside_] { inside.signal_all(); });
    for (auto* caller : group) {
        caller->error.reset();
        if (const auto* job = caller->step.done; job != nullptr && !said.done.contains(to_string(job->job))) {
            caller->error = fenced;
        } else if (said.taken.empty()) {
            caller->answer.next = said.next;
        } else {
            caller->answer.lease = std::move(said.taken.front());
            said.taken.pop_front();
        }
    }
    for (const auto& lease : said.taken) TRY(give_back_in(tx, lease, now));  // leased for those who are fenced
    return {};
}

// True when one of those it took was damaged.
Result<bool> Queue::Inside::Steps::ask(Transaction& tx, const Done& done, const Group& group, Time now, std::chrono::milliseconds until,
                                       Said& said) {
    const auto& kinds = group.front()->step.kinds;
    bool damaged = false;
    for (const auto& row : TRY(tx.rows(
             step_sql, {array_text(done.jobs), array_text(done.fences), array_text(done.results), array_text(kinds),
                        array_text(inside_.served_last(kinds)), group.size() - said.taken.size(), inside_.owner, until.count(), now}))) {
        const auto& what = row.text("what");
        if (what == "done") said.done.insert(row.text("id"));
        if (what == "next") said.next = row.time_if("not_before");
        if (what != "taken") continue;
        said.came_due = row.whole("came_due");
        inside_.remember_turn(row.text("kind"), row.text("turn"));
        if (auto lease = lease_of(row)) {
            auto waited = std::max(0.0, std::chrono::duration<double>(now - row.time("not_before")).count());
            tx.after_commit([&inside = inside_, waited] { inside.start_seconds.Observe(waited); });
            said.taken.push_back(*std::move(lease));
        } else {
            damaged = true;
            TRY(bury_damaged(tx, row.id<JobId>("id"), lease.error(), now));
        }
    }
    return damaged;
}

}  // namespace vitrine::queue
