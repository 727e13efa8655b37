#include "store/postgres_error.hpp"

#include <fmt/format.h>

#include <string>

#include "core/log.hpp"

namespace vitrine::store {
namespace {

Error again_soon(std::string message, int seconds) {
    Error error{Kind::unavailable, "store.unavailable", std::move(message)};
    error.retry_after_seconds = seconds;
    return error;
}

// As SQLite says it, "things.id" or "jobs.workspace_id, jobs.kind": from "Key (workspace_id, kind)=(...) already exists.",
// whose words the server may have translated.
std::string constraint_of(const PostgresFailure& failure) {
    auto begin = failure.detail.find('('), end = failure.detail.find(")=(");
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::string(failure.constraint);
    auto columns = failure.detail.substr(begin + 1, end - begin - 1);
    std::string path;
    while (!columns.empty()) {
        auto comma = columns.find(", ");
        path += fmt::format("{}{}.{}", path.empty() ? "" : ", ", failure.table, columns.substr(0, comma));
        columns = comma == std::string_view::npos ? std::string_view() : columns.substr(comma + 2);
    }
    return path;
}

}  // namespace

Error server_away() {
    return again_soon("The database server cannot be reached now; try again in a moment.", 2);
}

bool is_lost_connection(std::string_view state) {
    return state.empty() || state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05" ||
           state == "25P03";
}

Error postgres_error(const PostgresFailure& failure, std::string_view statement, bool reading) {
    const auto& state = failure.state;
    auto is = [&](std::string_view one) { return state == one; };
    auto in_class = [&](std::string_view two) { return state.substr(0, 2) == two; };

    // Often expected: the caller logs it if it is not.
    if (is("23505")) return {Kind::conflict, "store.conflict", "This exists already.", constraint_of(failure)};
    if (is("23503"))
        return {Kind::conflict, "store.conflict", "This refers to something that does not exist, or something still refers to it.",
                std::string(failure.constraint)};
    if (in_class("23"))  // NOT NULL, CHECK: the caller let through what its own rules forbid
        return {Kind::internal, "store.internal", fmt::format("The statement \"{}\" broke a rule of the database.", statement),
                std::string(failure.constraint)};

    bool holds_values = in_class("22");  // "invalid input syntax for type bigint: ..."
    log::warn("store.failed", {{"statement", std::string(statement)},
                               {"postgres", holds_values ? std::string() : std::string(failure.message)},
                               {"state", std::string(state)}});
    if (is_lost_connection(state)) return server_away();
    if (is("22021") || is("22P05"))
        return {Kind::invalid, "store.text", "A text holds a character that cannot be kept, such as a NUL; take it out."};
    if (in_class("40") || is("55P03")) return again_soon("Somebody else is changing the same thing; try again in a moment.", 1);
    if (is("53100")) return again_soon("The database server's disk is full; free some space and try again.", 10);
    if (in_class("53")) return again_soon("The database server has no connection or memory left; try again in a moment.", 1);
    if (in_class("58")) return again_soon("The database server's disk failed; look at its log.", 10);
    if (is("57014")) return again_soon("The database took too long; try again when less is going on.", 1);
    if (is("25006") && reading)
        return {Kind::internal, "store.internal", fmt::format("The statement \"{}\" writes, but it was run in a read.", statement)};
    if (is("25006")) return again_soon("The database server takes no writes now; it may be a standby.", 5);
    // A newer vitrine changed the tables under a statement that was prepared before.
    if (is("0A000") || is("26000")) return again_soon("The database was changed meanwhile; try again.", 1);
    if (is("XX001") || is("XX002"))
        return {Kind::corrupt, "store.corrupt", "The database server holds damaged data; restore it from a backup."};
    if (is("42501"))
        return {Kind::unavailable, "store.unavailable", "The database server does not let vitrine's user do this; grant it the schema."};
    return {Kind::internal, "store.internal",
            holds_values ? fmt::format("The statement \"{}\" failed: PostgreSQL says {}.", statement, state)
                         : fmt::format("The statement \"{}\" failed: {}.", statement, failure.message)};
}

}  // namespace vitrine::store
