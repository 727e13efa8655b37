#pragma once
// Inside this room only: what became of a COMMIT whose answer was lost.
//
// Every transaction that writes something leaves a number in the row of its connection, which commits with it. When the
// connection is lost in the middle of a COMMIT, another connection ends the server's process that served the lost one,
// waits until it is gone, and reads that number: then nothing can change any more, and the number is the truth. (A
// transaction's own id would not do: after a crash the server gives ids again that it had not yet written down.)

#include <chrono>
#include <string>

#include "core/result.hpp"
#include "store/postgres_connection.hpp"

namespace vitrine::store {

struct Commit {
    std::string connection;  // its name
    std::int64_t number;     // one more with every commit on it
};

// The table of those numbers, and forgetting those of long ago.
extern const char* const make_commits_sql;

// Leaves the number (:connection, :number); nothing is written by a transaction that has written nothing.
extern const Statement leave_number_sql;

// Whether it was committed. Asks for as long as `time_max`, over connections of its own.
// Errors: store.outcome_unknown: the server stayed away.
Result<bool> outcome_of(const Commit&, const std::string& backend, const std::string& server, std::chrono::milliseconds time_max);

}  // namespace vitrine::store
