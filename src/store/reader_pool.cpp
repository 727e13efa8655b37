#include "store/reader_pool.hpp"

#include "core/log.hpp"
#include "store/sqlite_transaction.hpp"

namespace vitrine::store {
namespace {

constexpr Statement begin_sql{"store.begin_read", "BEGIN"};
constexpr Statement end_sql{"store.end_read", "ROLLBACK"};

}  // namespace

class ReaderPool::Loan {
public:
    explicit Loan(ReaderPool& pool) : pool_(pool) {
        std::unique_lock lock(pool_.mutex_);
        pool_.returned_.wait(lock, [&] { return !pool_.free_.empty(); });
        connection_ = std::move(pool_.free_.back());
        pool_.free_.pop_back();
    }
    ~Loan() {
        if (connection_->in_transaction())
            if (auto ended = connection_->execute(end_sql); !ended) log::failed("store.end_read_failed", ended.error());
        {
            std::scoped_lock lock(pool_.mutex_);
            pool_.free_.push_back(std::move(connection_));
        }
        pool_.returned_.notify_one();
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    SqliteConnection& operator*() { return *connection_; }
    SqliteConnection* operator->() { return connection_.get(); }

private:
    ReaderPool& pool_;
    std::unique_ptr<SqliteConnection> connection_;
};

Result<void> ReaderPool::run(const std::function<Result<void>(Transaction&)>& work) {
    std::vector<std::function<void()>> after;
    {
        Loan connection(*this);
        TRY(connection->execute(begin_sql));
        SqliteTransaction transaction(*connection);
        TRY(work(transaction));
        after = std::move(transaction.calls());
    }
    for (auto& call : after) call();
    return {};
}

Result<std::vector<Row>> ReaderPool::rows(const Statement& statement) {
    Loan connection(*this);
    return connection->rows(statement);
}

}  // namespace vitrine::store
