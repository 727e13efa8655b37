#include "store/sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <string>

#include "core/log.hpp"

namespace vitrine::store {
namespace {

// "UNIQUE constraint failed: jobs.workspace_id, jobs.kind" -> "jobs.workspace_id, jobs.kind"
std::string constraint_of(std::string_view text) {
    auto colon = text.find(": ");
    return std::string(colon == std::string_view::npos ? text : text.substr(colon + 2));
}

Error constraint_error(int code, std::string_view text, std::string_view statement) {
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return {Kind::conflict, "store.conflict", "This exists already.", constraint_of(text)};
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return {Kind::conflict, "store.conflict", "This refers to something that does not exist, or something still refers to it.",
                    constraint_of(text)};
        default:  // NOT NULL, CHECK: the caller let through what its own rules forbid
            return {Kind::internal, "store.internal", fmt::format("The statement \"{}\" broke a rule of the database.", statement),
                    constraint_of(text)};
    }
}

}  // namespace

Error sqlite_error(int code, std::string_view text, std::string_view statement) {
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            return constraint_error(code, text, statement);  // often expected: the caller logs it if it is not
        default:
            break;
    }
    log::warn("store.failed", {{"statement", std::string(statement)}, {"sqlite", std::string(text)}, {"result", std::int64_t{code}}});
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {Kind::unavailable, "store.unavailable", "Another process is using the database; try again in a moment."};
        case SQLITE_FULL:
            return {Kind::unavailable, "store.unavailable", "The disk is full; free some space and try again."};
        case SQLITE_READONLY:
            return code == SQLITE_READONLY
                       ? Error{Kind::internal, "store.internal",
                               fmt::format("The statement \"{}\" writes, but it was run in a read.", statement)}
                       : Error{Kind::unavailable, "store.unavailable", "The database file cannot be written; check its permissions."};
        case SQLITE_IOERR:
            return {Kind::unavailable, "store.unavailable", "The disk failed to read or write; look at the system's log."};
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {Kind::unavailable, "store.unavailable",
                    "The database file cannot be opened; check that its folder exists and may be written."};
        case SQLITE_NOMEM:
            return {Kind::unavailable, "store.unavailable", "Memory ran out; try again when less is going on."};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {Kind::corrupt, "store.corrupt", "The file is damaged or not a vitrine database; restore it from a backup."};
        default:
            return {Kind::internal, "store.internal", fmt::format("The statement \"{}\" failed: {}.", statement, text)};
    }
}

bool is_fsync_failure(int code) {
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}
bool is_input_output_failure(int code) {
    return (code & 0xff) == SQLITE_IOERR;
}

}  // namespace vitrine::store
