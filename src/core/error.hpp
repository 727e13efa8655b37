#pragma once
// What can go wrong, in one shape for every room.

#include <string>
#include <string_view>
#include <utility>

namespace vitrine {

// The kind alone decides the HTTP status (http/problem.cpp) and whether a job is retried (queue/retry.cpp).
enum class Kind { invalid, not_found, conflict, denied, limit, unavailable, corrupt, internal };

struct Error {
    Kind kind = Kind::internal;
    std::string code;             // stable, "room.reason", for programs
    std::string message;          // a sentence for a person that says what to do
    std::string path;             // where in the input: a JSON path, a file, a row; empty when it does not apply
    int retry_after_seconds = 0;  // of limit and unavailable: when to try again (Retry-After); 0: not known

    Error() = default;
    Error(Kind kind, std::string code, std::string message, std::string path = {})
        : kind(kind), code(std::move(code)), message(std::move(message)), path(std::move(path)) {}
};

std::string_view name_of(Kind);

}  // namespace vitrine
