#include <algorithm>
#include <utility>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "store/committed.hpp"
#include "store/entered.hpp"
#include "store/kinds.hpp"
#include "store/migrate.hpp"
#include "store/postgres_error.hpp"
#include "store/postgres_outcome.hpp"
#include "store/postgres_pool.hpp"
#include "store/together.hpp"

namespace vitrine::store {
namespace {

constexpr std::chrono::milliseconds outcome_max{30'000};  // how long a caller waits to hear what became of its COMMIT
constexpr std::chrono::milliseconds migration_max{300'000};

constexpr std::string_view begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr std::string_view begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr std::string_view unsynced = "SET LOCAL synchronous_commit TO off";

// Everything of one vitrine is in one schema, the first of the search path, so that several may share a database.
constexpr auto make_schema_sql = R"(
    DO $$ BEGIN
        IF current_schema() IS NULL THEN
            EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', trim(split_part(current_setting('search_path'), ',', 1), ' "'));
        END IF;
    END $$)";
constexpr auto make_table_sql = R"(
    CREATE TABLE IF NOT EXISTS schema_migrations (
        room TEXT NOT NULL,
        number BIGINT NOT NULL,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        applied_at BIGINT NOT NULL,
        PRIMARY KEY (room, number)))";
// Of the database, not of the schema: two that begin at once may both have to make it.
constexpr Statement alone_sql{"store.alone", "SELECT pg_advisory_xact_lock(hashtextextended('vitrine migrations', 0))"};
constexpr Statement applied_sql{"store.applied", "SELECT room, number, name, sha256 FROM schema_migrations ORDER BY room, number"};
constexpr Statement remember_sql{"store.remember",
                                 "INSERT INTO schema_migrations (room, number, name, sha256, applied_at) "
                                 "VALUES (:room, :number, :name, :sha256, :applied_at)"};
constexpr Statement lock_sql{"store.lock", "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || :name, 0))"};
constexpr Statement promises_sql{"store.promises", R"(
    SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off')"};

// A statement whose answer nobody waits for.
struct Sent {
    const Statement* statement;
    std::vector<Bind> values;
};

Result<void> send_all(PostgresConnection& connection, const std::vector<Sent>& sent) {
    for (const auto& one : sent) TRY(connection.send(*one.statement, one.values));
    return {};
}

class PostgresTransaction final : public Transaction {
public:
    // `renew` puts a new connection into the loan, with a transaction that begins; when it fails the loan is empty.
    PostgresTransaction(PostgresPool::Loan& loan, std::function<Result<void>()> renew) : loan_(loan), renew_(std::move(renew)) {}

    Result<std::vector<Row>> rows(const Statement& statement, std::vector<Bind> values) override {
        return remembering([&] { return loan_->rows(statement, values); });
    }
    Result<std::int64_t> execute(const Statement& statement, std::vector<Bind> values) override {
        return remembering([&] { return loan_->execute(statement, values); });
    }
    Result<void> send(const Statement& statement, std::vector<Bind> values) override {
        if (failed_) return *failed_;
        sent_.push_back({&statement, std::move(values)});
        return {};
    }
    Result<void> lock(std::string_view name) override {
        TRY(rows(lock_sql, {name}));
        return {};
    }
    void after_commit(std::function<void()> call) override { after_commit_.push_back(std::move(call)); }

    const std::optional<Error>& failed() const { return failed_; }
    // Whether the server knows of it.
    bool begun() const { return begun_; }
    // What it does not know of yet.
    std::vector<Sent>& sent() { return sent_; }
    std::vector<std::function<void()>>& calls() { return after_commit_; }

private:
    // A failed statement ends the transaction. Work that goes on is told the same error again, and so is its caller.
    template <class Call>
    auto remembering(Call call) -> decltype(call()) {
        if (failed_) return *failed_;
        auto with_sent = [&]() -> decltype(call()) {
            TRY(send_all(*loan_, sent_));
            return call();
        };
        auto answer = with_sent();
        // A connection that died while it lay idle has lost nothing: the first statement is said again over a new one.
        if (!answer && !begun_ && loan_->is_lost()) {
            begun_ = true;
            if (auto renewed = renew_(); !renewed) {
                failed_ = renewed.error();
                return *failed_;
            }
            answer = with_sent();
        }
        begun_ = true;
        sent_.clear();
        if (!answer && (loan_->is_lost() || loan_->in_failed_transaction())) failed_ = answer.error();
        return answer;
    }

    PostgresPool::Loan& loan_;
    const std::function<Result<void>()> renew_;
    bool begun_ = false;
    std::vector<Sent> sent_;
    std::optional<Error> failed_;
    std::vector<std::function<void()>> after_commit_;
};

class PostgresDatabase final : public Database {
public:
    explicit PostgresDatabase(const Options& options)
        : options_(options),
          pool_(options.server, options.connections, options.busy_max, options.metrics),
          meters_(options.metrics ? std::make_unique<CommitMeters>(*options.metrics) : nullptr) {}

    // Whatever is wrong with address, server or rights shows here, at the start, with what libpq says.
    Result<void> prepare() {
        auto connection = TRY(PostgresConnection::open(options_.server, migration_max));
        return in_transaction(*connection, [&]() -> Result<void> {
            TRY(connection->rows(alone_sql));
            TRY(connection->script("store.make_schema", make_schema_sql));
            TRY(connection->script("store.make_commits", make_commits_sql));
            TRY(connection->script("store.make_migrations", make_table_sql));
            return {};
        });
    }

    Result<void> migrate(std::span<const Migrations> rooms) override {
        auto known = TRY(list_migrations(rooms, Engine::postgres));
        auto connection = TRY(PostgresConnection::open(options_.server, migration_max));
        for (bool more = true; more;)
            TRY(in_transaction(*connection, [&]() -> Result<void> {
                TRY(connection->rows(alone_sql));  // another process may have been quicker
                auto missing = TRY(missing_migrations(known, TRY(applied_migrations(*connection))));
                more = missing.size() > 1;
                if (!missing.empty()) TRY(apply(*connection, missing.front()));
                return {};
            }));
        return {};
    }

    Result<std::string> check() override {
        auto broken = TRY(read([](Transaction& tx) { return tx.rows(promises_sql); }));
        std::string words;
        for (const auto& row : broken)
            words += fmt::format("{}the server runs with {} = off: what it acknowledges may be lost when its machine dies",
                                 words.empty() ? "" : "\n", row.text("name"));
        return words.empty() ? "ok" : words;
    }

    bool is_server() const override { return true; }

protected:
    Result<void> run_work(const std::function<Result<void>(Transaction&)>& work, Access access) override {
        Entered entered(this, access == Access::read);
        TRY(entered.alone());
        std::vector<std::function<void()>> calls;
        {
            auto loan = TRY(begin(access));
            PostgresTransaction transaction(loan, [&]() -> Result<void> {
                loan.give_back();
                pool_.forget_idle();
                loan = TRY(begin(access));
                return {};
            });
            auto done = worked(loan, transaction, work);
            if (done) done = access == Access::read ? end_read(loan) : finish(loan, transaction, access);
            if (!done) return done.error();
            calls = std::move(transaction.calls());
        }
        run_calls(calls);
        return {};
    }

private:
    using Loan = PostgresPool::Loan;
    // A transaction that asks nothing.
    struct OneWay {
        Access access;
        std::vector<Sent> sent;
        std::optional<Error> error = Error{Kind::internal, "store.internal", "The transaction was not tried."};
    };

    Result<Loan> begin(Access access) {
        auto loan = TRY(pool_.take());
        std::vector<std::string_view> words{access == Access::read ? begin_read : begin_write};
        if (access == Access::write_unsynced) words.push_back(unsynced);
        loan->begin(words);
        loan->set_reading(access == Access::read);
        return loan;
    }

    // Runs the work; when it fails, nothing of the transaction is left.
    static Result<void> worked(Loan& loan, PostgresTransaction& transaction, const std::function<Result<void>(Transaction&)>& work) {
        Result<void> done;
        try {
            done = work(transaction);
        } catch (...) {
            if (loan) loan->roll_back();
            throw;
        }
        if (done && transaction.failed()) done = *transaction.failed();
        if (!done && loan) loan->roll_back();
        return done;
    }

    static Result<void> end_read(Loan& loan) {
        loan->roll_back();  // what was read was read; a connection that fails here is closed
        return {};
    }

    Result<void> finish(Loan& loan, PostgresTransaction& transaction, Access access) {
        if (transaction.begun()) {
            if (auto sent = send_all(*loan, transaction.sent()); !sent) {
                loan->roll_back();
                return sent.error();
            }
            return commit(loan);
        }
        loan->roll_back();  // it was never said to begin
        if (transaction.sent().empty()) return {};
        loan.give_back();
        OneWay mine{access, std::move(transaction.sent())};
        one_way_.join(
            mine, [](const OneWay& one, const OneWay& other) { return one.access == other.access; },
            [&](const std::vector<OneWay*>& group) { commit_together(group); });
        if (mine.error) return *std::move(mine.error);
        return {};
    }

    // Transactions that asked nothing share one. When a statement of one is refused, each is tried by itself.
    void commit_together(std::span<OneWay* const> group) {
        auto done = commit_in_one(group);
        bool refused = !done && done.error().kind != Kind::unavailable;
        for (auto* one : group) {
            auto own = refused && group.size() > 1 ? commit_in_one({&one, 1}) : done;
            one->error = own ? std::optional<Error>() : own.error();
        }
    }
    Result<void> commit_in_one(std::span<OneWay* const> group) {
        auto loan = TRY(begin(group.front()->access));
        for (const auto* one : group)
            if (auto sent = send_all(*loan, one->sent); !sent) {
                loan->roll_back();
                return sent.error();
            }
        return commit(loan, group.size());
    }

    Result<void> commit(Loan& loan, std::size_t writes = 1) {
        Commit commit{loan.pooled().name, ++loan.pooled().commits};
        auto started = std::chrono::steady_clock::now();
        Result<void> done;
        const Bind values[] = {commit.connection, commit.number};
        done = loan->commit(leave_number_sql, values);
        if (!done && loan->is_lost()) {
            auto backend = loan->backend();
            loan.give_back();
            pool_.forget_idle();
            if (TRY(outcome_of(commit, backend, options_.server, outcome_max))) done = {};
        } else if (!done) {
            loan->roll_back();
        }
        if (meters_) {
            meters_->seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
            if (done) meters_->commits.Increment(), meters_->writes.Increment(static_cast<double>(writes));
        }
        return done;
    }

    // --- migrations

    template <class Work>
    static Result<void> in_transaction(PostgresConnection& connection, Work work) {
        TRY(connection.script("store.begin_migration", std::string(begin_write)));
        auto done = work();
        if (done)
            if (auto committed = connection.script("store.commit_migration", "COMMIT"); !committed) done = committed.error();
        if (!done) connection.roll_back();
        return done;
    }

    static Result<std::vector<Applied>> applied_migrations(PostgresConnection& connection) {
        std::vector<Applied> applied;
        for (const auto& row : TRY(connection.rows(applied_sql)))
            applied.push_back({row.text("room"), row.whole("number"), row.text("name"), row.text("sha256")});
        return applied;
    }

    static Result<void> apply(PostgresConnection& connection, const Migration& migration) {
        auto work = [&]() -> Result<void> {
            TRY(connection.script(migration.name, std::string(migration.sql)));
            std::vector<Bind> row{migration.room, migration.number, migration.name, migration.sha256, SystemClock{}.now()};
            TRY(connection.execute(remember_sql, row));
            return {};
        };
        auto done = work();
        if (done) log::info("store.migrated", {{"room", migration.room}, {"migration", migration.name}});
        if (!done) done.error().path = fmt::format("{}/{}", migration.room, migration.name);
        return done;
    }

    const Options options_;
    PostgresPool pool_;
    std::unique_ptr<CommitMeters> meters_;
    Together<OneWay> one_way_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const Options& options) {
    auto database = std::make_unique<PostgresDatabase>(options);
    TRY(database->prepare());
    return std::unique_ptr<Database>(std::move(database));
}

}  // namespace vitrine::store
