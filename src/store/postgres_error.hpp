#pragma once
// Inside this room only: PostgreSQL's SQLSTATE codes as the store's errors.

#include <string_view>

#include "core/error.hpp"

namespace vitrine::store {

// What the server said of a failed statement. Its message may name constraints and tables; `detail` holds values, of
// which only names are taken.
struct PostgresFailure {
    std::string_view state;  // five characters; empty: the connection was lost
    std::string_view message;
    std::string_view detail;
    std::string_view table;
    std::string_view constraint;
};

// `statement` is for the log; `reading`: in a transaction that may not write.
Error postgres_error(const PostgresFailure&, std::string_view statement, bool reading);

// Whether the connection is of no more use.
bool is_lost_connection(std::string_view state);

// What a caller is told while the server is away.
Error server_away();

}  // namespace vitrine::store
