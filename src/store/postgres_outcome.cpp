#include "store/postgres_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/log.hpp"

namespace vitrine::store {
namespace {

constexpr std::chrono::milliseconds first_pause{20}, longest_pause{500};

// Absent: the server's process is still there.
Result<std::optional<bool>> ask(PostgresConnection& connection, const Commit& commit, const std::string& backend) {
    auto still_there = TRY(connection.script(
        "store.end_backend", fmt::format("SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE {}", backend)));
    if (!still_there.empty()) return std::optional<bool>();
    auto row =
        TRY(connection.script("store.outcome", fmt::format("SELECT number FROM store_commits WHERE connection = '{}'", commit.connection)));
    return std::optional(!row.empty() && row.front().whole("number") == commit.number);
}

}  // namespace

const char* const make_commits_sql = R"(
    CREATE TABLE IF NOT EXISTS store_commits (connection TEXT PRIMARY KEY, number BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL);
    DELETE FROM store_commits WHERE at < now() - interval '30 days')";

const Statement leave_number_sql{"store.commit", R"(
    INSERT INTO store_commits (connection, number, at)
    SELECT CAST(:connection AS TEXT), CAST(:number AS BIGINT), now() WHERE pg_current_xact_id_if_assigned() IS NOT NULL
    ON CONFLICT (connection) DO UPDATE SET number = excluded.number, at = excluded.at)"};

Result<bool> outcome_of(const Commit& commit, const std::string& backend, const std::string& server, std::chrono::milliseconds time_max) {
    const auto until = std::chrono::steady_clock::now() + time_max;
    std::unique_ptr<PostgresConnection> connection;
    for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
        if (!connection || connection->is_lost())
            if (auto made = PostgresConnection::open(server, longest_pause)) connection = *std::move(made);
        if (connection && !connection->is_lost())
            if (auto answered = ask(*connection, commit, backend); answered && *answered) {
                log::warn("store.commit_resolved", {{"committed", **answered}});
                return **answered;
            }
        if (std::chrono::steady_clock::now() + pause > until) break;
        std::this_thread::sleep_for(pause);
    }
    log::error("store.outcome_unknown");
    Error unknown{Kind::unavailable, "store.outcome_unknown",
                  "The database server went away while this was saved, and whether it was is not known yet. Look before you try again."};
    unknown.retry_after_seconds = 5;
    return unknown;
}

}  // namespace vitrine::store
