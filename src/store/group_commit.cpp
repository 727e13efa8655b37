#include "store/group_commit.hpp"

#include <exception>

#include "core/log.hpp"
#include "store/sqlite_transaction.hpp"

namespace vitrine::store {
namespace {

constexpr std::size_t group_size_max = 256;
constexpr std::chrono::milliseconds group_time_max{10};  // so that the first of a busy group is not kept waiting
constexpr int log_pages_max = 1000;                      // then they are moved into the database file

constexpr Statement begin_sql{"store.begin", "BEGIN IMMEDIATE"};
constexpr Statement rollback_sql{"store.rollback", "ROLLBACK"};
constexpr Statement savepoint_sql{"store.savepoint", "SAVEPOINT caller"};
constexpr Statement release_sql{"store.release", "RELEASE caller"};
constexpr Statement undo_sql{"store.undo", "ROLLBACK TO caller"};

}  // namespace

// Lives on the stack of the thread that called run().
struct GroupCommit::Caller {
    explicit Caller(Synced synced) : synced(synced) {}
    const Synced synced;
    enum class State { waiting, working, joined, answered };
    State state = State::waiting;  // by mutex_
    std::condition_variable changed;
    std::optional<Error> error;
    std::exception_ptr escaped;
    bool in_savepoint = false;
    std::vector<std::function<void()>> after_commit;
};

GroupCommit::GroupCommit(std::unique_ptr<SqliteConnection> connection, Metrics* metrics)
    : connection_(std::move(connection)), meters_(metrics ? std::make_unique<CommitMeters>(*metrics) : nullptr) {}
GroupCommit::~GroupCommit() = default;

Result<void> GroupCommit::run(const std::function<Result<void>(Transaction&)>& work, Synced synced) {
    Caller self(synced);
    wait_for_turn(self);
    attempt(self, work);
    leave(self);
    if (self.escaped) std::rethrow_exception(self.escaped);
    if (self.error) return *std::move(self.error);
    return {};
}

std::size_t GroupCommit::waiting() const {
    std::scoped_lock lock(mutex_);
    return waiting_.size();
}

void GroupCommit::wait_for_turn(Caller& self) {
    std::unique_lock lock(mutex_);
    if (!busy_) {
        busy_ = true;
        self.state = Caller::State::working;
        return;
    }
    waiting_.push_back(&self);
    self.changed.wait(lock, [&] { return self.state == Caller::State::working; });
}

// Has the turn. Afterwards the caller has joined the group, or has an error or an exception and left no trace.
void GroupCommit::attempt(Caller& self, const std::function<Result<void>(Transaction&)>& work) {
    if (auto begun = begin(self.synced); !begun) {
        self.error = begun.error();
        return;
    }
    // The first of a group is alone in the transaction: to undo it is to roll back the whole.
    if (!joined_.empty()) {
        if (auto saved = connection_->execute(savepoint_sql); !saved) {
            self.error = saved.error();
            return;
        }
        self.in_savepoint = true;
    }
    SqliteTransaction transaction(*connection_);
    try {
        if (auto done = work(transaction); !done) self.error = done.error();
    } catch (...) {
        self.escaped = std::current_exception();
    }
    if (!self.error && !self.escaped && !connection_->in_transaction())
        self.error = Error{Kind::unavailable, "store.unavailable", "The transaction was rolled back by a failure; try again."};
    if (!self.error && !self.escaped && self.in_savepoint)
        if (auto released = connection_->execute(release_sql); !released) self.error = released.error();
    if (self.error || self.escaped) return undo(self);
    self.after_commit = std::move(transaction.calls());
    joined_.push_back(&self);
}

Result<void> GroupCommit::begin(Synced synced) {
    if (connection_->in_transaction()) return {};
    if (synced != group_) {
        TRY(synced == Synced::yes ? connection_->script("store.synced", "PRAGMA synchronous = FULL")
                                  : connection_->script("store.unsynced", "PRAGMA synchronous = NORMAL"));
        group_ = synced;
    }
    TRY(connection_->execute(begin_sql));
    opened_ = std::chrono::steady_clock::now();
    return {};
}

void GroupCommit::undo(Caller& self) {
    if (!connection_->in_transaction()) return;  // SQLite undid it, and the whole group with it
    if (self.in_savepoint && connection_->execute(undo_sql) && connection_->execute(release_sql)) return;
    // Alone in the transaction, or a savepoint that cannot be undone: then nothing of the transaction may be kept.
    if (auto undone = connection_->execute(rollback_sql); !undone) log::failed("store.rollback_failed", undone.error(), log::Level::error);
}

// Has the turn. Passes it on, or commits for the group first; returns when this caller is answered.
void GroupCommit::leave(Caller& self) {
    std::unique_lock lock(mutex_);
    bool has_joined = !self.error && !self.escaped;
    if (has_joined) self.state = Caller::State::joined;

    bool lost = !joined_.empty() && !connection_->in_transaction();
    if (lost) {
        answer_group(lock, Error{Kind::unavailable, "store.unavailable", "The transaction was rolled back by a failure; try again."});
    } else if (!joined_.empty() && !may_go_on()) {
        lock.unlock();
        auto started = std::chrono::steady_clock::now();
        auto committed = connection_->commit();
        if (meters_) meters_->seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
        if (committed) {
            for (auto* caller : joined_) run_calls(caller->after_commit);
            if (meters_) {
                meters_->commits.Increment();
                meters_->writes.Increment(static_cast<double>(joined_.size()));
            }
        } else if (connection_->in_transaction()) {
            if (auto undone = connection_->execute(rollback_sql); !undone)
                log::failed("store.rollback_failed", undone.error(), log::Level::error);
        }
        lock.lock();
        answer_group(lock, committed);
        lock.unlock();
        tidy_log();
        lock.lock();
    }

    if (waiting_.empty()) {
        busy_ = false;
    } else {
        auto* next = waiting_.front();
        waiting_.pop_front();
        next->state = Caller::State::working;
        next->changed.notify_one();
    }
    if (has_joined) self.changed.wait(lock, [&] { return self.state == Caller::State::answered; });
}

// By mutex_: whether the next in line may join the open transaction.
bool GroupCommit::may_go_on() const {
    if (waiting_.empty() || (group_ == Synced::no && waiting_.front()->synced == Synced::yes)) return false;
    return joined_.size() < group_size_max && std::chrono::steady_clock::now() - opened_ < group_time_max;
}

// A caller may return, and be gone, as soon as the lock is released after this.
void GroupCommit::answer_group(std::unique_lock<std::mutex>&, const Result<void>& outcome) {
    for (auto* caller : joined_) {
        if (!outcome) caller->error = outcome.error();
        caller->state = Caller::State::answered;
        caller->changed.notify_one();
    }
    joined_.clear();
}

void GroupCommit::tidy_log() {
    int pages = connection_->log_pages();
    if (pages < log_pages_moved_) log_pages_moved_ = 0;  // the log started again at its beginning
    if (pages - log_pages_moved_ < log_pages_max) return;
    if (auto moved = connection_->checkpoint(); !moved) log::failed("store.checkpoint_failed", moved.error());
    log_pages_moved_ = pages;
}

}  // namespace vitrine::store
