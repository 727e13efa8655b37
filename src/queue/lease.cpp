// Leases: giving a job to one worker for a while, and taking it back. What keeps two workers apart is the fence: a
// number that grows with every lease, and that every later word about the job must name.

#include <random>

#include "core/log.hpp"
#include "queue/lease_row.hpp"
#include "queue/queue_inside.hpp"
#include "queue/retry.hpp"
#include "queue/steps.hpp"

namespace vitrine::queue {
namespace {

using store::Row;
using store::Statement;
using store::Transaction;

constexpr std::chrono::milliseconds lost_pause{500};  // between two looks for leases whose worker is gone

// A lease of another host that nobody has extended for so long is over. Every worker extends its own at least every
// extended_every_max (queue_inside.hpp), whatever the time of its lease.
constexpr std::chrono::milliseconds standing_max = 3 * extended_every_max;
constexpr std::chrono::minutes clocks_apart_max{1};  // of processes that share a database; further ahead was a wrong clock

// What this thread last asked for, so that wait() knows what to be woken for and since when.
struct Asked {
    const void* queue = nullptr;
    std::uint64_t seen = 0;
    std::vector<std::string> kinds;
    std::optional<Time> next;  // when the next scheduled job may run, as of then
};
thread_local Asked asked;

double chance() {
    thread_local std::mt19937_64 random{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(random);
}

Result<void> expect_held(Result<std::int64_t> changed) {
    if (TRY(std::move(changed)) == 0) return fenced;
    return {};
}

// Jobs whose time has come may be leased from now on. How many they are.
Result<std::int64_t> wake_later(Transaction& tx, Time now) {
    static constexpr Statement update{"queue.wake_later",
                                      "UPDATE jobs SET due = 1 WHERE state = 'ready' AND due = 0 AND not_before <= :now"};
    return tx.execute(update, {now});
}

// Retries that were put off by a clock that has been set back since: they would wait for as long as it was wrong.
Result<std::int64_t> wake_misdated(Transaction& tx, Time now) {
    static constexpr Statement update{
        "queue.wake_misdated",
        "UPDATE jobs SET due = 1 WHERE state = 'ready' AND due = 0 AND error_code IS NOT NULL AND updated_at > :ahead"};
    return tx.execute(update, {now + clocks_apart_max});
}

Result<std::optional<Time>> next_later(Transaction& tx) {
    static constexpr Statement select{"queue.next_later", "SELECT min(not_before) AS next FROM jobs WHERE state = 'ready' AND due = 0"};
    return TRY(tx.row_or(select, {}, "", "")).time_if("next");
}

// The next job of a kind: of the highest priority, of the workspace whose turn it is, the oldest. `last` is the workspace
// that was served last; turns go round in the order of their ids, so that a workspace with a thousand jobs takes no more
// of the workers than one with a single job. Two or three looks into one index, however many wait (`first` is asked only when
// `turn` has nothing).
Result<std::optional<Row>> head_of(Transaction& tx, std::string_view kind, const std::string& last) {
    static constexpr Statement select{"queue.head", R"(
        WITH top AS (SELECT priority FROM jobs WHERE state = 'ready' AND due = 1 AND kind = :kind ORDER BY priority DESC LIMIT 1),
             turn AS (SELECT id, priority, workspace_id FROM jobs
                      WHERE state = 'ready' AND due = 1 AND kind = :kind AND priority = (SELECT priority FROM top) AND workspace_id > :last
                      ORDER BY workspace_id, id LIMIT 1),
             first AS (SELECT id, priority, workspace_id FROM jobs
                       WHERE state = 'ready' AND due = 1 AND kind = :kind
                       ORDER BY priority DESC, workspace_id, id LIMIT 1)
        SELECT * FROM turn UNION ALL SELECT * FROM first LIMIT 1)"};
    return tx.row(select, {kind, last});
}

Result<Lease> take(Transaction& tx, JobId id, const std::string& owner, std::chrono::milliseconds until, Time now, Time& ready_since) {
    static constexpr Statement update{"queue.take", R"(
        UPDATE jobs SET state = 'running', fence = fence + 1, attempts = attempts + 1, lease_owner = :owner, lease_until = :until, updated_at = :now
        WHERE id = :id RETURNING id, workspace_id, kind, payload, fence, attempts, request_id, not_before)"};
    auto row = TRY(tx.row_or(update, {owner, until.count(), now, id}, fenced.code, fenced.message));
    ready_since = row.time("not_before");
    return lease_of(row);
}

Result<void> finish_in(Transaction& tx, const Lease& lease, const json::Value& result, Time now) {
    static constexpr Statement update{"queue.finish", R"(
        UPDATE jobs SET state = 'done', result = :result, error_code = NULL, error_message = NULL, lease_owner = NULL, lease_until = NULL,
                        updated_at = :now
        WHERE id = :id AND fence = :fence AND state = 'running')"};
    return expect_held(tx.execute(update, {result, now, lease.job, lease.fence}));
}

Result<std::int64_t> bury(Transaction& tx, JobId id, std::int64_t fence, const Error& error, Time now) {
    static constexpr Statement update{"queue.bury", R"(
        UPDATE jobs SET state = 'dead', error_code = :code, error_message = :message, lease_owner = NULL, lease_until = NULL, updated_at = :now
        WHERE id = :id AND fence = :fence AND state = 'running')"};
    return tx.execute(update, {error.code, error.message, now, id, fence});
}

}  // namespace

std::vector<std::string> Queue::Inside::served_last(std::span<const std::string> kinds) {
    return turns.with([&](const auto& last) {
        std::vector<std::string> served;
        for (const auto& kind : kinds) served.push_back(last.contains(kind) ? last.at(kind) : std::string());
        return served;
    });
}

void Queue::Inside::remember_turn(const std::string& kind, const std::string& workspace) {
    turns.with([&](auto& last) { last[kind] = workspace; });
}

// Among kinds: highest priority first, then the oldest.
Result<std::optional<JobId>> Queue::Inside::pick(Transaction& tx, std::span<const std::string> kinds) {
    std::optional<Row> best;
    std::string_view best_kind;
    for (const auto& kind : kinds) {
        auto row = TRY(head_of(tx, kind, served_last({&kind, 1}).front()));
        if (!row) continue;
        auto order = [](const Row& one) { return std::pair(-one.whole("priority"), one.text("id")); };
        if (best && !(order(*row) < order(*best))) continue;
        best = std::move(row);
        best_kind = kind;
    }
    if (!best) return std::optional<JobId>();
    remember_turn(std::string(best_kind), best->text("workspace_id"));
    return std::optional(best->id<JobId>("id"));
}

Result<void> Lease::hold(Transaction& tx) const {
    // Locked, so that nobody takes the job back between this and the COMMIT.
    static constexpr Statement select{"queue.hold", "SELECT 1 AS held FROM jobs WHERE id = :id AND fence = :fence AND state = 'running'",
                                      "SELECT 1 AS held FROM jobs WHERE id = :id AND fence = :fence AND state = 'running' FOR UPDATE"};
    if (!TRY(tx.row(select, {job, fence}))) return fenced;
    return {};
}

// Running jobs are few: as many as there are workers.
Result<void> Queue::Inside::take_back(Transaction& tx, Time now, const IsOver& is_over) {
    static constexpr Statement running{"queue.running", R"(
        SELECT id, workspace_id, kind, payload, fence, attempts, attempts_max, lease_owner, lease_until FROM jobs WHERE state = 'running')"};
    static constexpr Statement free{"queue.free", R"(
        UPDATE jobs SET state = 'ready', due = 1, error_code = :code, error_message = :message, lease_owner = NULL, lease_until = NULL, updated_at = :now
        WHERE id = :id AND fence = :fence AND state = 'running')"};
    // Who holds the row in a transaction lives, or another process takes the job back already.
    static constexpr Statement mine{
        "queue.lost", "SELECT 1 AS lost FROM jobs WHERE id = :id AND fence = :fence AND state = 'running'",
        "SELECT 1 AS lost FROM jobs WHERE id = :id AND fence = :fence AND state = 'running' FOR UPDATE SKIP LOCKED"};
    const Error lost{Kind::unavailable, "queue.worker_lost", "The worker that had this job stopped before it was done."};
    auto held = TRY(tx.rows(running));
    standing.with([&](auto& known) {
        std::erase_if(known, [&](const auto& one) {
            return std::ranges::none_of(held, [&](const auto& row) { return row.template id<JobId>("id") == one.first; });
        });
    });
    for (const auto& row : held) {
        auto id = row.id<JobId>("id");
        if (!is_over({id, row.whole("fence"), row.text_if("lease_owner").value_or(""),
                      std::chrono::milliseconds{row.whole_if("lease_until").value_or(0)}}))
            continue;
        if (!TRY(tx.row(mine, {id, row.whole("fence")}))) continue;
        bool dead = row.whole("attempts") >= row.whole("attempts_max");
        if (dead) {
            TRY(bury(tx, id, row.whole("fence"), lost, now));
            TRY(tell_buried(tx, row));
        } else {
            TRY(tx.execute(free, {lost.code, lost.message, now, id, row.whole("fence")}));
        }
        tx.after_commit([this, kind = row.text("kind"), dead] {
            count(kind, dead ? "dead" : "lost");
            signal(kind);
        });
    }
    return {};
}

Result<void> Queue::Inside::tell_buried(Transaction& tx, const Row& row) {
    auto told = burials_told.with([&](auto& all) {
        auto found = all.find(row.text("kind"));
        return found == all.end() ? WhenBuried() : found->second;
    });
    auto payload = row.json("payload");
    if (!told || !payload) return {};  // a payload that cannot be read names nothing that could be told
    return told(tx, {row.id<JobId>("id"), row.id<WorkspaceId>("workspace_id"), *std::move(payload)});
}

bool Queue::Inside::is_over(const Held& held, Steady now) {
    if (!database.is_server() || is_same_boot(held.owner, owner)) return lease_is_over(held.owner, held.until, owner, now);
    return standing.with([&](auto& known) {
        auto& seen = known[held.job];
        if (seen.fence != held.fence || seen.until != held.until) seen = {held.fence, held.until, now};
        return now - seen.since >= standing_max;
    });
}

void Queue::Inside::take_back_of(std::string_view process) {
    if (process == owner) return;
    auto taken = database.write_unsynced([&](Transaction& tx) {
        return take_back(tx, clock.now(), [&](const Held& held) { return held.owner == process || is_over(held, clock.steady()); });
    });
    if (!taken) log::failed("queue.not_taken_back", taken.error());  // seen again by the next lease
}

bool Queue::Inside::may_look_for_lost(Steady now) {
    auto last = looked_for_lost_at.load(), steady = since_boot(now).count();
    return (last < 0 || steady - last >= lost_pause.count()) && looked_for_lost_at.compare_exchange_strong(last, steady);
}

Result<void> Queue::Inside::look_for_lost(Transaction& tx, Time now, Steady steady) {
    TRY(wake_misdated(tx, now));
    return take_back(tx, now, [&](const Held& held) { return is_over(held, steady); });
}

Result<std::optional<Lease>> Queue::Inside::step(const Step& step) {
    // By itself, so that trouble with one job that is lost is not the trouble of all that are done.
    if (auto steady = clock.steady(); may_look_for_lost(steady)) {
        auto looked = database.write([&](Transaction& tx) { return look_for_lost(tx, clock.now(), steady); });
        if (!looked && step.done == nullptr) return looked.error();
        if (!looked) log::failed("queue.not_taken_back", looked.error());
    }
    auto answer = TRY(steps->take(step));
    asked.next = answer.next;
    return std::move(answer.lease);
}

// Leasing on a file, in a transaction that may do more. Not thread-safe; one for one call.
class Queue::Leasing {
public:
    Leasing(Inside& inside, std::span<const std::string> kinds, std::chrono::milliseconds lease_time)
        : inside_(inside),
          kinds_(kinds),
          now_(inside.clock.now()),
          steady_(inside.clock.steady()),
          until_(since_boot(steady_ + lease_time)),
          look_for_lost_(inside.may_look_for_lost(steady_)) {}

    Result<std::optional<Lease>> in(Transaction& tx) {
        // One of them is for this worker; the others are for whoever sleeps.
        if (TRY(wake_later(tx, now_)) > 1) tx.after_commit([&inside = inside_] { inside.signal_all(); });
        if (look_for_lost_) TRY(inside_.look_for_lost(tx, now_, steady_));
        while (auto id = TRY(inside_.pick(tx, kinds_))) {
            auto taken = take(tx, *id, inside_.owner, until_, now_, ready_since_);
            if (taken) return std::optional<Lease>(*std::move(taken));
            if (taken.error().kind != Kind::corrupt) return taken.error();
            TRY(bury_damaged(tx, *id, taken.error(), now_));
        }
        asked.next = TRY(next_later(tx));
        return std::optional<Lease>();
    }

    // After the commit.
    std::optional<Lease> tell(std::optional<Lease> leased) {
        if (leased) inside_.start_seconds.Observe(std::max(0.0, std::chrono::duration<double>(now_ - ready_since_).count()));
        return leased;
    }

private:
    Inside& inside_;
    std::span<const std::string> kinds_;
    Time now_;
    Steady steady_;
    std::chrono::milliseconds until_;
    Time ready_since_{};
    const bool look_for_lost_;
};

Result<std::optional<Lease>> Queue::lease(std::span<const std::string> kinds, std::chrono::milliseconds lease_time) {
    asked = {inside_.get(), inside_->wakeups.seen(), {kinds.begin(), kinds.end()}, {}};
    if (inside_->steps) return inside_->step({.kinds = kinds, .lease_time = lease_time});
    Leasing leasing(*inside_, kinds, lease_time);
    // Unsynced: what a machine forgets of its leases when it dies, its workers are not there to claim.
    return leasing.tell(TRY(inside_->database.write_unsynced([&](Transaction& tx) { return leasing.in(tx); })));
}

Result<std::optional<Lease>> Queue::finish_and_lease(const Lease& done, const json::Value& result, std::span<const std::string> kinds,
                                                     std::chrono::milliseconds lease_time) {
    asked = {inside_.get(), inside_->wakeups.seen(), {kinds.begin(), kinds.end()}, {}};
    if (inside_->steps) return inside_->step({.kinds = kinds, .lease_time = lease_time, .done = &done, .result = &result});
    Leasing leasing(*inside_, kinds, lease_time);
    auto next = TRY(inside_->database.write([&](Transaction& tx) -> Result<std::optional<Lease>> {
        TRY(finish_in(tx, done, result, inside_->clock.now()));
        return leasing.in(tx);
    }));
    inside_->count(done.kind, "done");
    return leasing.tell(std::move(next));
}

Result<void> Queue::extend(const Lease& lease, std::chrono::milliseconds lease_time) {
    static constexpr Statement update{"queue.extend",
                                      "UPDATE jobs SET lease_until = :until WHERE id = :id AND fence = :fence AND state = 'running'"};
    return inside_->database.write_unsynced([&](Transaction& tx) {
        return expect_held(tx.execute(update, {since_boot(inside_->clock.steady() + lease_time).count(), lease.job, lease.fence}));
    });
}

Result<void> Queue::finish(const Lease& lease, const json::Value& result) {
    TRY(inside_->database.write([&](Transaction& tx) { return finish_in(tx, lease, result, inside_->clock.now()); }));
    inside_->count(lease.kind, "done");
    return {};
}

Result<void> Queue::fail(const Lease& lease, const Error& error) {
    static constexpr Statement attempts{"queue.attempts", R"(
        SELECT attempts, attempts_max FROM jobs WHERE id = :id AND fence = :fence AND state = 'running')"};
    static constexpr Statement postpone{"queue.postpone", R"(
        UPDATE jobs SET state = 'ready', due = 0, not_before = :not_before, error_code = :code, error_message = :message,
                        lease_owner = NULL, lease_until = NULL, updated_at = :now
        WHERE id = :id AND fence = :fence AND state = 'running')"};
    bool dead = false;
    TRY(inside_->database.write([&](Transaction& tx) -> Result<void> {
        auto now = inside_->clock.now();
        auto row = TRY(tx.row(attempts, {lease.job, lease.fence}));
        if (!row) return fenced;
        dead = !is_retried(error.kind) || row->whole("attempts") >= row->whole("attempts_max");
        if (dead) return expect_held(bury(tx, lease.job, lease.fence, error, now));
        auto not_before = now + backoff(static_cast<int>(row->whole("attempts")), chance());
        tx.after_commit([inside = inside_.get(), kind = lease.kind] { inside->signal(kind); });
        return expect_held(tx.execute(postpone, {not_before, error.code, error.message, now, lease.job, lease.fence}));
    }));
    inside_->count(lease.kind, dead ? "dead" : "retried");
    return {};
}

Result<void> Queue::give_back(const Lease& lease) {
    return inside_->database.write([&](Transaction& tx) {
        tx.after_commit([inside = inside_.get(), kind = lease.kind] { inside->signal(kind); });
        return give_back_in(tx, lease, inside_->clock.now());
    });
}

void Queue::wait(std::stop_token stop, std::chrono::milliseconds time_max) {
    if (asked.queue != inside_.get()) asked = {inside_.get(), inside_->wakeups.seen(), {}, {}};
    auto pause = time_max;
    if (asked.next) pause = std::clamp(*asked.next - inside_->clock.now(), std::chrono::milliseconds{0}, time_max);
    inside_->wakeups.wait(stop, std::chrono::steady_clock::now() + pause, asked.seen, asked.kinds);
}

}  // namespace vitrine::queue
