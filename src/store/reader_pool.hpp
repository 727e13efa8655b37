#pragma once
// Reading connections, lent one at a time; each read sees one snapshot.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/result.hpp"
#include "store/database.hpp"
#include "store/sqlite_connection.hpp"

namespace vitrine::store {

// Any thread. A caller waits when all connections are lent.
class ReaderPool {
public:
    explicit ReaderPool(std::vector<std::unique_ptr<SqliteConnection>> connections) : free_(std::move(connections)) {}

    Result<void> run(const std::function<Result<void>(Transaction&)>& work);
    // Runs one statement outside of a transaction.
    Result<std::vector<Row>> rows(const Statement&);

private:
    class Loan;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<SqliteConnection>> free_;  // the last used first: its cache is warm
};

}  // namespace vitrine::store
