#pragma once
// The Transaction that work sees: statements on the connection, and what is to run after the COMMIT.

#include <functional>
#include <vector>

#include "store/database.hpp"
#include "store/sqlite_connection.hpp"

namespace vitrine::store {

class SqliteTransaction final : public Transaction {
public:
    explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}

    Result<std::vector<Row>> rows(const Statement& statement, std::vector<Bind> values) override {
        TRY(still_open());
        return connection_.rows(statement, values);
    }
    Result<std::int64_t> execute(const Statement& statement, std::vector<Bind> values) override {
        TRY(still_open());
        return connection_.execute(statement, values);
    }
    Result<void> send(const Statement& statement, std::vector<Bind> values) override {
        TRY(execute(statement, std::move(values)));
        return {};
    }
    Result<void> lock(std::string_view) override { return {}; }  // BEGIN IMMEDIATE took the only one there is
    void after_commit(std::function<void()> call) override { after_commit_.push_back(std::move(call)); }

    std::vector<std::function<void()>>& calls() { return after_commit_; }

private:
    // SQLite rolls back by itself on some errors. Work that went on after such an error would write outside of any
    // transaction, so it is stopped here.
    Result<void> still_open() const {
        if (connection_.in_transaction()) return {};
        return Error{Kind::unavailable, "store.unavailable", "The transaction was rolled back by an earlier failure; try again."};
    }

    SqliteConnection& connection_;
    std::vector<std::function<void()>> after_commit_;
};

}  // namespace vitrine::store
