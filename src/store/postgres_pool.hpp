#pragma once
// Inside this room only: connections to a PostgreSQL server, made when they are needed, lent one at a time.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/metrics.hpp"
#include "core/result.hpp"
#include "store/postgres_connection.hpp"

namespace vitrine::store {

// A connection, and what the server remembers of its commits (postgres_outcome.hpp).
struct PooledConnection {
    std::unique_ptr<PostgresConnection> connection;
    std::string name;
    std::int64_t commits = 0;
};

// Any thread.
//
// A server that is away is asked again after a pause that grows to 2 s; who asks in between is told so at once, because a
// request that waits helps nobody.
class PostgresPool {
public:
    PostgresPool(std::string server, int most, std::chrono::milliseconds wait_max, Metrics*);

    // Given back when it goes: kept, or closed when it is lost or was left inside a transaction.
    class Loan {
    public:
        Loan(PostgresPool& pool, PooledConnection lent) : pool_(&pool), lent_(std::move(lent)) {}
        ~Loan() { give_back(); }
        Loan(Loan&& other) noexcept : pool_(other.pool_), lent_(std::move(other.lent_)) {}
        Loan& operator=(Loan&& other) noexcept {
            give_back();
            pool_ = other.pool_;
            lent_ = std::move(other.lent_);
            return *this;
        }
        explicit operator bool() const { return lent_.connection != nullptr; }
        PostgresConnection* operator->() const { return lent_.connection.get(); }
        PostgresConnection& operator*() const { return *lent_.connection; }
        PooledConnection& pooled() { return lent_; }
        void give_back();

    private:
        PostgresPool* pool_;
        PooledConnection lent_;
    };

    // Errors: store.unavailable: every connection is in use for as long as a call waits, or the server is away.
    Result<Loan> take();
    // Closes what is not lent: the server has gone, and they with it.
    void forget_idle();

private:
    using Steady = std::chrono::steady_clock::time_point;
    void return_one(PooledConnection);
    void count_loss();
    Error dry() const;

    const std::string server_;
    const std::size_t most_;
    const std::chrono::milliseconds wait_max_;
    prometheus::Counter* losses_ = nullptr;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<PooledConnection> idle_;  // the last used first: its server process has warm caches
    std::size_t open_ = 0;                // idle, lent or being made
    int failures_ = 0;                    // to connect, since it last worked
    Steady next_try_{};
};

}  // namespace vitrine::store
