#pragma once
// Rows: one Database, transactions as functions, statements by name; over a SQLite file, or over a PostgreSQL server with
// the same statements. Nothing above this room sees SOCI, SQLite or libpq.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/clock.hpp"
#include "core/embedded.hpp"
#include "core/id.hpp"
#include "core/json.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"

namespace vitrine::store {

// SQL with a name (for metrics, errors and the statement cache). Values are bound, always: `WHERE id = :id`.
// Parameters are named :a, :b ...; they are bound in order of first appearance. A statement is a constant with static
// storage, beside the one function that runs it.
struct Statement {
    std::string_view name;
    std::string_view sql;
    std::string_view postgres{};  // what PostgreSQL is told instead, with the same parameters in the same order; rarely
};

// What a parameter can be: NULL, a whole number, a real, a text, or bytes. Ids are stored as their text, times as
// milliseconds since 1970, truth as 0 and 1, JSON as its text.
class Bind {
public:
    using Variant = std::variant<std::nullptr_t, std::int64_t, double, std::string, std::vector<std::uint8_t>>;

    Bind(std::nullptr_t) : value(nullptr) {}
    Bind(bool truth) : value(static_cast<std::int64_t>(truth)) {}
    template <class T>
        requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
    Bind(T whole) : value(static_cast<std::int64_t>(whole)) {}
    Bind(double real) : value(real) {}
    Bind(std::string text) : value(std::move(text)) {}
    Bind(std::string_view text) : value(std::string(text)) {}
    Bind(const char* text) : value(std::string(text)) {}
    Bind(std::vector<std::uint8_t> bytes) : value(std::move(bytes)) {}
    Bind(Time time) : value(static_cast<std::int64_t>(time.time_since_epoch().count())) {}
    template <class Tag>
    Bind(const Id<Tag>& id) : value(to_string(id)) {}
    Bind(const json::Value& tree) : value(json::print(tree)) {}
    template <class T>
    Bind(const std::optional<T>& maybe) : value(maybe ? Bind(*maybe).value : Variant(nullptr)) {}

    Variant value;
};

// One row of an answer, by column name. Asking for a column that is not there, or as another type, is a programming
// error and asserts; a NULL is absent in the optional forms and an assertion in the others.
class Row {
public:
    Row(std::shared_ptr<const std::vector<std::string>> names, std::vector<Bind::Variant> values)
        : names_(std::move(names)), values_(std::move(values)) {}

    bool is_null(std::string_view column) const;
    std::int64_t whole(std::string_view column) const;
    double real(std::string_view column) const;
    const std::string& text(std::string_view column) const;
    const std::vector<std::uint8_t>& bytes(std::string_view column) const;
    bool truth(std::string_view column) const { return whole(column) != 0; }
    Time time(std::string_view column) const { return Time{std::chrono::milliseconds{whole(column)}}; }
    std::optional<std::int64_t> whole_if(std::string_view column) const;
    std::optional<double> real_if(std::string_view column) const;
    std::optional<std::string> text_if(std::string_view column) const;
    std::optional<Time> time_if(std::string_view column) const;
    template <class SomeId>
    SomeId id(std::string_view column) const {
        return SomeId::parse(text(column)).value();
    }
    template <class SomeId>
    std::optional<SomeId> id_if(std::string_view column) const {
        return is_null(column) ? std::nullopt : std::optional<SomeId>(id<SomeId>(column));
    }
    // The column's JSON text as a value; a damaged text is Kind::corrupt.
    Result<json::Value> json(std::string_view column) const;

private:
    const Bind::Variant& at(std::string_view column) const;
    std::shared_ptr<const std::vector<std::string>> names_;
    std::vector<Bind::Variant> values_;
};

// An open transaction. Belongs to one thread; lives only inside Database::write or read.
// Errors of every call: store.unavailable (locked, full disk, lost connection: may be tried again), store.conflict
// (unique or foreign key; `path` names the constraint), store.internal.
class Transaction {
public:
    virtual ~Transaction() = default;
    virtual Result<std::vector<Row>> rows(const Statement&, std::vector<Bind> values = {}) = 0;
    // The number of rows changed.
    virtual Result<std::int64_t> execute(const Statement&, std::vector<Bind> values = {}) = 0;
    // The same for who need not know the number: a server is told together with the next statement or the COMMIT, which
    // saves a journey, and the error may be that one's.
    virtual Result<void> send(const Statement&, std::vector<Bind> values = {}) = 0;
    // Waits until no other write holds the lock of this name, and holds it until this one has committed or failed. SQLite
    // writes one at a time anyway and has nothing to wait for; PostgreSQL does not: there, what a write has read may be
    // changed by another before it writes. So whoever decides by what it read takes the lock first, or lets the UPDATE
    // itself say what it expects. Who needs several locks takes them in one order.
    virtual Result<void> lock(std::string_view name) = 0;
    // Runs after the COMMIT is durable, on the committing thread, in order of addition; never when rolled back.
    // Must be quick and must not fail: wake-ups and cache changes.
    virtual void after_commit(std::function<void()>) = 0;

    // The first row, or none.
    Result<std::optional<Row>> row(const Statement&, std::vector<Bind> values = {});
    // The first row, or Kind::not_found with this code and sentence.
    Result<Row> row_or(const Statement&, std::vector<Bind> values, std::string_view code, std::string_view sentence);
};

// A room's numbered migrations, "migrations/0001_listing.sql", embedded in the program.
struct Migrations {
    std::string_view room;
    std::span<const EmbeddedFile> files;
};

struct Options {
    std::filesystem::path file{};              // DATA/vitrine.db
    std::string server{};                      // postgres://user@host:port/name instead of the file; never logged
    int readers = 4;                           // SQLite: connections for read()
    int connections = 16;                      // PostgreSQL: at most, opened when they are needed
    std::chrono::milliseconds busy_max{5000};  // how long a call waits for another process, a lock or a connection
    Metrics* metrics = nullptr;                // commits, writes, commit seconds; outlives the Database
};

// Thread-safe. SQLite: WAL, synchronous=FULL, foreign keys on; writers share commits (group commit): each caller runs
// in a SAVEPOINT of the open outer transaction and is answered after its COMMIT. A failed COMMIT that may or may not
// be on disk (fsync) ends the process: std::abort after a log line.
// PostgreSQL: a transaction a caller, but for writes that only send (see Transaction::send), which share one; READ
// COMMITTED (see Transaction::lock), on a connection of a bounded pool. A call
// that finds no connection within busy_max, or no server, is answered store.unavailable; the next one tries again. A
// connection lost in the middle of a COMMIT is made anew and the server asked what became of it, so that the caller gets
// the truth; when the server cannot be asked in time either, the error is store.outcome_unknown (Kind::unavailable).
class Database {
public:
    // Opens or creates the file (0600); or connects to the server. Errors: store.unavailable, store.corrupt (not a
    // database), store.server (an address or a server that will not do, in words).
    static Result<std::unique_ptr<Database>> open(const Options&);
    virtual ~Database() = default;

    // Applies what is missing, each file in its own transaction, in the order given. A database that has a migration
    // this program does not know is refused: store.downgrade, in words. Idempotent.
    virtual Result<void> migrate(std::span<const Migrations>) = 0;

    // Runs `work(Transaction&)`, which returns a Result. Ok: committed and durable when write returns. Error, or an
    // exception: nothing of it is kept. write inside write on the same thread is a programming error.
    template <class Work>
    auto write(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
        return run<Work>(std::forward<Work>(work), Access::write);
    }
    // The same, but without waiting for the disk: seen by all at once and kept when the process dies, lost only when the
    // machine does, and never without all that was written after it. For what then no longer matters, such as a lease.
    template <class Work>
    auto write_unsynced(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
        return run<Work>(std::forward<Work>(work), Access::write_unsynced);
    }
    // The same on a snapshot, without writing.
    template <class Work>
    auto read(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
        return run<Work>(std::forward<Work>(work), Access::read);
    }

    // "ok", or what is wrong: what SQLite's integrity check says; or the settings of the server that break a promise.
    virtual Result<std::string> check() = 0;

    // True for a server: processes of several hosts may use it, and it may die and come back while they live.
    virtual bool is_server() const = 0;

protected:
    enum class Access { read, write, write_unsynced };
    // Calls `work` once; returns its error, or the store's.
    virtual Result<void> run_work(const std::function<Result<void>(Transaction&)>& work, Access) = 0;

private:
    template <class Work>
    auto run(Work&& work, Access access) -> std::invoke_result_t<Work, Transaction&> {
        using Answer = std::invoke_result_t<Work, Transaction&>;
        std::optional<Answer> answer;
        auto done = run_work(
            [&](Transaction& tx) -> Result<void> {
                answer.emplace(work(tx));
                if (!*answer) return answer->error();
                return {};
            },
            access);
        if (!done) return done.error();
        return std::move(*answer);
    }
};

}  // namespace vitrine::store
