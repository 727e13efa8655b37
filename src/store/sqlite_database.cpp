#include <utility>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "store/entered.hpp"
#include "store/group_commit.hpp"
#include "store/kinds.hpp"
#include "store/migrate.hpp"
#include "store/reader_pool.hpp"

namespace vitrine::store {
namespace {

constexpr Statement make_table_sql{"store.make_migrations", R"(
    CREATE TABLE IF NOT EXISTS schema_migrations (
        room TEXT NOT NULL,
        number BIGINT NOT NULL,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        applied_at BIGINT NOT NULL,
        PRIMARY KEY (room, number)))"};
constexpr Statement applied_sql{"store.applied", "SELECT room, number, name, sha256 FROM schema_migrations ORDER BY room, number"};
constexpr Statement remember_sql{"store.remember",
                                 "INSERT INTO schema_migrations (room, number, name, sha256, applied_at) "
                                 "VALUES (:room, :number, :name, :sha256, :applied_at)"};
constexpr Statement begin_sql{"store.begin_migration", "BEGIN IMMEDIATE"};
constexpr Statement rollback_sql{"store.rollback_migration", "ROLLBACK"};
constexpr Statement check_sql{"store.check", "PRAGMA integrity_check"};

Result<std::vector<Applied>> applied_migrations(SqliteConnection& connection) {
    std::vector<Applied> applied;
    for (const auto& row : TRY(connection.rows(applied_sql)))
        applied.push_back({row.text("room"), row.whole("number"), row.text("name"), row.text("sha256")});
    return applied;
}

// One migration and the row that remembers it, in one transaction. Another process may have been quicker.
Result<void> apply(SqliteConnection& connection, const Migration& migration, const std::vector<Migration>& known) {
    TRY(connection.execute(begin_sql));
    auto work = [&]() -> Result<void> {
        auto missing = TRY(missing_migrations(known, TRY(applied_migrations(connection))));
        if (std::ranges::none_of(missing, [&](const auto& one) { return one.room == migration.room && one.number == migration.number; }))
            return {};
        TRY(connection.script(migration.name, migration.sql));
        std::vector<Bind> row{migration.room, migration.number, migration.name, migration.sha256, SystemClock{}.now()};
        TRY(connection.execute(remember_sql, row));
        log::info("store.migrated", {{"room", migration.room}, {"migration", migration.name}});
        return {};
    };
    auto done = work();
    if (done) done = connection.commit();
    if (!done) {
        if (connection.in_transaction()) (void)connection.execute(rollback_sql);
        auto error = done.error();
        if (error.path.empty()) error.path = fmt::format("{}/{}", migration.room, migration.name);
        return error;
    }
    return {};
}

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(Options options, std::unique_ptr<SqliteConnection> writer, std::vector<std::unique_ptr<SqliteConnection>> readers)
        : options_(std::move(options)), writers_(std::move(writer), options_.metrics), readers_(std::move(readers)) {}

    Result<void> migrate(std::span<const Migrations> rooms) override {
        // Its own connection: a script may not run inside a group's transaction.
        auto connection = TRY(SqliteConnection::open(options_.file, options_.busy_max, SqliteConnection::Mode::writer));
        auto known = TRY(list_migrations(rooms, Engine::sqlite));
        TRY(connection->execute(make_table_sql));
        for (const auto& migration : TRY(missing_migrations(known, TRY(applied_migrations(*connection)))))
            TRY(apply(*connection, migration, known));
        return {};
    }

    Result<std::string> check() override {
        std::string words;
        for (const auto& row : TRY(readers_.rows(check_sql))) words += (words.empty() ? "" : "\n") + row.text("integrity_check");
        return words;
    }

    bool is_server() const override { return false; }

protected:
    Result<void> run_work(const std::function<Result<void>(Transaction&)>& work, Access access) override {
        Entered entered(this, access == Access::read);
        TRY(entered.alone());
        switch (access) {
            case Access::read:
                return readers_.run(work);
            case Access::write:
                return writers_.run(work, Synced::yes);
            case Access::write_unsynced:
                return writers_.run(work, Synced::no);
        }
        return {};
    }

private:
    Options options_;
    GroupCommit writers_;
    ReaderPool readers_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const Options& options) {
    using Mode = SqliteConnection::Mode;
    auto writer = TRY(SqliteConnection::open(options.file, options.busy_max, Mode::writer));
    std::vector<std::unique_ptr<SqliteConnection>> readers;
    for (int i = 0; i < std::max(1, options.readers); ++i)
        readers.push_back(TRY(SqliteConnection::open(options.file, options.busy_max, Mode::reader)));
    return std::unique_ptr<Database>(new SqliteDatabase(options, std::move(writer), std::move(readers)));
}

}  // namespace vitrine::store
