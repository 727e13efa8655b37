#pragma once
// The request target "/api/v1/listings/%7Bid%7D?limit=20", checked and decoded.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "http/route.hpp"

namespace vitrine::http {

struct Target {
    std::string path;                          // decoded
    std::map<std::string, std::string> query;  // decoded; the last of a repeated name
    std::string authority;                     // of an absolute target, "host:port"; else empty
};

// A path that could mean two things is refused rather than guessed at: dot segments, an encoded slash, a backslash, NUL
// or other control characters, bytes that are not UTF-8.
// Errors: http.malformed_target.
Result<Target> parse_target(std::string_view text);

// Query parameters against the route's row: names, then whole numbers, enums, lengths.
// Errors: http.unknown_parameter, http.parameter; `path` is the parameter's name.
Result<void> check_query(const std::map<std::string, std::string>& query, const std::vector<Parameter>&);

}  // namespace vitrine::http
