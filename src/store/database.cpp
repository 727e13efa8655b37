#include "store/database.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "store/entered.hpp"
#include "store/kinds.hpp"

namespace vitrine::store {

Result<std::unique_ptr<Database>> Database::open(const Options& options) {
    return options.server.empty() ? open_sqlite(options) : open_postgres(options);
}

Result<std::optional<Row>> Transaction::row(const Statement& statement, std::vector<Bind> values) {
    auto found = TRY(rows(statement, std::move(values)));
    if (found.empty()) return std::optional<Row>();
    return std::optional<Row>(std::move(found.front()));
}

Result<Row> Transaction::row_or(const Statement& statement, std::vector<Bind> values, std::string_view code, std::string_view sentence) {
    auto found = TRY(rows(statement, std::move(values)));
    if (found.empty()) return Error{Kind::not_found, std::string(code), std::string(sentence)};
    return std::move(found.front());
}

namespace {

thread_local std::vector<std::pair<const void*, bool>> inside;  // database, and whether it is a read

}  // namespace

Entered::Entered(const void* database, bool is_read) : nested_(std::ranges::find(inside, std::pair{database, is_read}) != inside.end()) {
    inside.emplace_back(database, is_read);
}

Entered::~Entered() {
    inside.pop_back();
}

Result<void> Entered::alone() const {
    assert(!nested_ && "a write inside a write, or a read inside a read, on one thread");
    if (nested_) return Error{Kind::internal, "store.nested", "A transaction was started inside another one."};
    return {};
}

}  // namespace vitrine::store
