#pragma once
// Numbered migrations: which are known, which are applied, which are missing.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "store/database.hpp"

namespace vitrine::store {

struct Migration {
    std::string room;
    std::int64_t number = 0;
    std::string name;    // "0001_listing.sql"
    std::string sha256;  // of its bytes, in hexadecimal
    std::string_view sql;
};

enum class Engine { sqlite, postgres };

// The files under migrations/, in order of room as given, then number. Most are read by both engines; where PostgreSQL
// needs other words, "0001_queue.postgres.sql" takes the place of "0001_queue.sql".
// Errors: store.migration_misnamed (not NNNN_name.sql, a number twice or left out, a .postgres.sql without its .sql).
Result<std::vector<Migration>> list_migrations(std::span<const Migrations>, Engine);

// A migration as the database remembers it.
struct Applied {
    std::string room;
    std::int64_t number = 0;
    std::string name;
    std::string sha256;
};

// What is still to do. Errors: store.downgrade, store.migration_changed.
Result<std::vector<Migration>> missing_migrations(const std::vector<Migration>& known, const std::vector<Applied>& applied);

}  // namespace vitrine::store
