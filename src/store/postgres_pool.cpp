#include "store/postgres_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/id.hpp"
#include "core/log.hpp"
#include "store/postgres_error.hpp"

namespace vitrine::store {
namespace {

constexpr std::chrono::milliseconds first_pause{50}, longest_pause{2'000};

}  // namespace

PostgresPool::PostgresPool(std::string server, int most, std::chrono::milliseconds wait_max, Metrics* metrics)
    : server_(std::move(server)), most_(static_cast<std::size_t>(std::max(1, most))), wait_max_(wait_max) {
    if (metrics != nullptr)
        losses_ = &metrics->counter("vitrine_store_connections_lost_total", "Connections to the database server that ended by themselves.");
}

Result<PostgresPool::Loan> PostgresPool::take() {
    const auto until = std::chrono::steady_clock::now() + wait_max_;
    std::unique_lock lock(mutex_);
    while (true) {
        while (!idle_.empty()) {
            auto lent = std::move(idle_.back());
            idle_.pop_back();
            if (!lent.connection->has_ended()) return Loan(*this, std::move(lent));
            count_loss();
            --open_;
        }
        const auto now = std::chrono::steady_clock::now();
        if (open_ < most_ && now >= next_try_) {
            ++open_;
            next_try_ = failures_ > 0 ? now + longest_pause : next_try_;  // one at a time asks whether it is back
            lock.unlock();
            auto made = PostgresConnection::open(server_, wait_max_);
            lock.lock();
            if (made) {
                failures_ = 0;
                next_try_ = {};
                returned_.notify_all();  // who waited for others' connections may make their own now
                return Loan(*this, {*std::move(made), to_string(make_uuid_v7()), 0});
            }
            --open_;
            next_try_ = std::chrono::steady_clock::now() + std::min(longest_pause, first_pause * (1 << std::min(failures_, 10)));
            if (failures_++ == 0) log::failed("store.server_away", made.error());
        }
        // While others have connections, one of theirs will do: the server may just have no room for more.
        if (open_ == 0) return server_away();
        if (std::chrono::steady_clock::now() >= until) return dry();
        auto wake = open_ < most_ ? std::min(until, std::max(next_try_, now + first_pause)) : until;
        returned_.wait_until(lock, wake);
    }
}

void PostgresPool::forget_idle() {
    std::vector<PooledConnection> closed;  // outside of the lock
    {
        std::scoped_lock lock(mutex_);
        closed.swap(idle_);
        open_ -= closed.size();
    }
    returned_.notify_all();
}

void PostgresPool::Loan::give_back() {
    if (lent_.connection) pool_->return_one(std::move(lent_));
}

void PostgresPool::return_one(PooledConnection lent) {
    const bool lost = lent.connection->is_lost();
    const bool kept = !lost && !lent.connection->in_transaction();
    if (lost) count_loss();
    {
        std::scoped_lock lock(mutex_);
        if (kept)
            idle_.push_back(std::move(lent));
        else
            --open_;
    }
    returned_.notify_one();
}

void PostgresPool::count_loss() {
    if (losses_ != nullptr) losses_->Increment();
}

Error PostgresPool::dry() const {
    log::warn("store.pool_dry", {{"connections", static_cast<std::int64_t>(most_)}});
    Error error{Kind::unavailable, "store.unavailable",
                fmt::format("All {} connections to the database server are in use; try again in a moment.", most_)};
    error.retry_after_seconds = 1;
    return error;
}

}  // namespace vitrine::store
