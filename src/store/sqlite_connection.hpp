#pragma once
// One connection to a SQLite file: statements prepared once, values bound and read by their storage class, errors in
// the store's words. SOCI holds the session and the statements; docs/decisions/0001-soci.md says why values pass it by.

#include <chrono>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "store/database.hpp"

namespace soci {
class session;
}

namespace vitrine::store {

// One thread at a time. A failed fsync inside any call ends the process (std::abort after a log line): what the disk
// holds is then unknown, and only recovery from the log at the next start is safe.
class SqliteConnection {
public:
    enum class Mode { writer, reader };  // a reader refuses statements that write
    // Opens or creates the file (0600) in WAL mode. Errors: store.unavailable, store.corrupt.
    static Result<std::unique_ptr<SqliteConnection>> open(const std::filesystem::path&, std::chrono::milliseconds busy_max, Mode);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    Result<std::vector<Row>> rows(const Statement&, std::span<const Bind> values = {});
    // The number of rows changed.
    Result<std::int64_t> execute(const Statement&, std::span<const Bind> values = {});
    // COMMIT. An I/O error here ends the process too: nobody can say whether the transaction is on the disk.
    Result<void> commit();
    // Several statements without values: a migration. `name` is for errors.
    Result<void> script(std::string_view name, std::string_view sql);

    // False after BEGIN when SQLite itself rolled the transaction back (full disk, I/O error).
    bool in_transaction() const;

    // Pages in the write-ahead log after the last commit, and moving them into the database file. A writer never does
    // this by itself, because SQLite's own way ignores a failed fsync.
    int log_pages() const { return log_pages_; }
    Result<void> checkpoint();

private:
    struct Prepared;
    explicit SqliteConnection(std::unique_ptr<soci::session>);
    Result<Prepared*> prepare(const Statement&);
    Result<void> bind(Prepared&, std::span<const Bind> values);
    Error failure(const Statement&, int code) const;

    std::unique_ptr<soci::session> session_;
    void* handle_ = nullptr;  // sqlite3*
    std::unordered_map<std::string_view, std::unique_ptr<Prepared>> prepared_;
    int log_pages_ = 0;
};

}  // namespace vitrine::store
