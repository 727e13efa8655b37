#pragma once
// One connection to a PostgreSQL server: statements prepared once, values bound as texts, errors in the store's words.
// docs/decisions/0007-postgresql.md says why libpq alone.

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "store/database.hpp"

struct pg_conn;
struct pg_result;

namespace vitrine::store {

// One thread at a time. A server that does not answer at all (a cut network) is given up after 15 s.
class PostgresConnection {
public:
    // `busy_max`: how long a statement waits for a lock. The password may stand in the address, in PGPASSWORD or in
    // ~/.pgpass; no error and no log line holds it.
    // Errors: store.unavailable (with what libpq says: for the one who starts the program), store.server (the address is
    // none, or the server is too old or keeps no UTF-8).
    static Result<std::unique_ptr<PostgresConnection>> open(const std::string& server, std::chrono::milliseconds busy_max);
    ~PostgresConnection();
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    Result<std::vector<Row>> rows(const Statement&, std::span<const Bind> values = {});
    // The number of rows changed.
    Result<std::int64_t> execute(const Statement&, std::span<const Bind> values = {});
    // Several statements without values, and the rows of the last. `name` is for errors.
    Result<std::vector<Row>> script(std::string_view name, const std::string& sql);

    // These commands are sent together with the next statement: a transaction begins without a journey of its own.
    void begin(std::span<const std::string_view> commands);
    // So is this statement; whatever is sent next may have its error.
    Result<void> send(const Statement&, std::vector<Bind> values);
    // A statement and COMMIT, together. Nothing when there was nothing but the beginning.
    Result<void> commit(const Statement&, std::span<const Bind> values);
    void roll_back();

    bool in_transaction() const;
    // After a failed statement: nothing of this transaction will be kept.
    bool in_failed_transaction() const;
    // Of no more use: the server has gone, or tables were changed under its prepared statements.
    bool is_lost() const { return lost_; }
    // Asked between transactions: whether the server has ended it meanwhile, as far as is known here. No journey.
    bool has_ended() const;
    // Whether what runs now may not write; for errors.
    void set_reading(bool reading) { reading_ = reading; }

    // Which of the server's processes serves this connection, in SQL: true for its row of pg_stat_activity alone.
    const std::string& backend() const { return backend_; }

    // For who LISTENs.
    struct Notice {
        std::string text;
        int sender = 0;  // the server's number for the connection that sent it
    };
    int number() const;  // the server's for this one
    int socket() const;
    // What has arrived; never waits. Errors: store.unavailable.
    Result<std::vector<Notice>> take_notices();

private:
    struct Prepared {
        const char* text;  // of the constant it was made from
        std::size_t parameters;
    };
    struct Clear {
        void operator()(pg_result*) const;
    };
    using Answer = std::unique_ptr<pg_result, Clear>;
    explicit PostgresConnection(pg_conn* handle) : handle_(handle) {}
    Result<void> greet(std::chrono::milliseconds busy_max);
    Result<void> prepare(const Statement&);
    // Prepares it, unless it is, and looks whether these are values for it.
    Result<void> prepare_for(const Statement&, std::span<const Bind> values);
    Result<Answer> run(const Statement&, std::span<const Bind> values);
    struct Command {
        std::string_view words;  // or the name of a prepared statement, when there are values for it
        std::optional<std::vector<Bind>> values{};
    };
    // All in one message; the last answer, or the first error.
    Result<Answer> send_together(const std::vector<Command>&);
    Error failure(std::string_view statement, const pg_result*);

    pg_conn* handle_;
    std::unordered_map<std::string_view, Prepared> prepared_;
    std::vector<Command> pending_;  // sent with the next
    std::string backend_;
    bool lost_ = false;
    bool reading_ = false;
};

}  // namespace vitrine::store
