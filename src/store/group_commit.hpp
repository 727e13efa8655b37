#pragma once
// Writers share one COMMIT, which is what an fsync costs.
//
// A caller takes its turn on the one writing connection, runs its work in a SAVEPOINT of the open transaction, and hands
// the turn to the next caller that waits. Whoever finds nobody waiting commits for all, then everyone is answered.
// Nobody waits for a timer: a caller alone commits at once, and callers that arrive during a COMMIT form the next group.
//
//   waiting --its turn--> working --ok--> joined --COMMIT of the last one--> answered
//                            | error: its savepoint is rolled back, it alone is answered with it
//
// A group is synced or not, as its first caller asks. Who asks for less may join a synced group; who asks for more never
// joins an unsynced one, which is committed first.
//
// When SQLite itself rolls the open transaction back (full disk), all who joined are answered store.unavailable.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/metrics.hpp"
#include "core/result.hpp"
#include "store/committed.hpp"
#include "store/database.hpp"
#include "store/sqlite_connection.hpp"

namespace vitrine::store {

enum class Synced { no, yes };

// Any thread.
class GroupCommit {
public:
    GroupCommit(std::unique_ptr<SqliteConnection>, Metrics*);
    ~GroupCommit();

    // Runs `work` on the calling thread; committed when it returns without an error, and durable when it was to be synced.
    Result<void> run(const std::function<Result<void>(Transaction&)>& work, Synced = Synced::yes);

    // Callers that wait for their turn now.
    std::size_t waiting() const;

private:
    struct Caller;

    void wait_for_turn(Caller&);
    void attempt(Caller&, const std::function<Result<void>(Transaction&)>& work);
    Result<void> begin(Synced);
    bool may_go_on() const;
    void undo(Caller&);
    void leave(Caller&);
    void answer_group(std::unique_lock<std::mutex>&, const Result<void>& outcome);
    void tidy_log();

    mutable std::mutex mutex_;
    std::deque<Caller*> waiting_;  // by mutex_
    bool busy_ = false;            // by mutex_: somebody has the turn

    // Everything below belongs to whoever has the turn.
    std::unique_ptr<SqliteConnection> connection_;
    std::vector<Caller*> joined_;
    Synced group_ = Synced::yes;  // of the open transaction
    std::chrono::steady_clock::time_point opened_;
    int log_pages_moved_ = 0;
    std::unique_ptr<CommitMeters> meters_;
};

}  // namespace vitrine::store
