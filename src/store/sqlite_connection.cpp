#include "store/sqlite_connection.hpp"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/log.hpp"
#include "store/sqlite_error.hpp"

namespace vitrine::store {

using namespace sqlite_api;  // SOCI keeps SQLite's own names there

namespace {

sqlite3* database(void* handle) {
    return static_cast<sqlite3*>(handle);
}

// A new file is made here, because SQLite itself would make it readable for others; -wal and -shm take its mode.
// The descriptor of a file that exists is never opened: closing it would drop SQLite's own locks in this process.
Result<void> create_if_missing(const std::filesystem::path& file) {
    int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (made >= 0) {
        ::close(made);
        return {};
    }
    if (errno == EEXIST) return {};
    return Error{Kind::unavailable, "store.unavailable",
                 fmt::format("{} cannot be created or opened: {}. Check that its folder exists and may be written.", file.string(),
                             std::strerror(errno)),
                 file.string()};
}

// SOCI's connect string: key=value, values in double quotes.
Result<std::string> connect_string(const std::filesystem::path& file, std::chrono::milliseconds busy_max) {
    if (file.string().find('"') != std::string::npos)
        return Error{Kind::unavailable, "store.unavailable", "The database's path holds a quotation mark; choose another folder.",
                     file.string()};
    auto seconds = std::chrono::ceil<std::chrono::seconds>(busy_max).count();
    return fmt::format("dbname=\"{}\" timeout={}", file.string(), seconds);
}

Bind::Variant value_of(sqlite3_stmt* statement, int column) {
    // By what is stored, not by what the column was declared as: an expression has no declared type.
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return std::int64_t{sqlite3_column_int64(statement, column)};
        case SQLITE_FLOAT:
            return sqlite3_column_double(statement, column);
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
            return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
        }
        case SQLITE_BLOB: {
            const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
            return std::vector<std::uint8_t>(bytes, bytes + sqlite3_column_bytes(statement, column));
        }
        default:
            return nullptr;
    }
}

int bind_value(sqlite3_stmt* statement, int position, const Bind::Variant& value) {
    // SQLITE_STATIC: the values outlive the statement's run, and the bindings are cleared after it.
    return std::visit(
        [&](const auto& held) {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<T, std::nullptr_t>)
                return sqlite3_bind_null(statement, position);
            else if constexpr (std::is_same_v<T, std::int64_t>)
                return sqlite3_bind_int64(statement, position, held);
            else if constexpr (std::is_same_v<T, double>)
                return sqlite3_bind_double(statement, position, held);
            else if constexpr (std::is_same_v<T, std::string>)
                return sqlite3_bind_text64(statement, position, held.data(), held.size(), SQLITE_STATIC, SQLITE_UTF8);
            else if (held.empty())
                return sqlite3_bind_zeroblob(statement, position, 0);  // no pointer would mean NULL
            else
                return sqlite3_bind_blob64(statement, position, held.data(), held.size(), SQLITE_STATIC);
        },
        value);
}

[[noreturn]] void stop_the_process(std::string_view statement, int code, const char* text) {
    log::error("store.disk_failed", {{"statement", std::string(statement)}, {"sqlite", std::string(text)}, {"result", std::int64_t{code}}});
    std::abort();
}

}  // namespace

struct SqliteConnection::Prepared {
    std::string_view sql;
    soci::statement owner;
    sqlite3_stmt* handle = nullptr;
    std::shared_ptr<const std::vector<std::string>> names;

    // Leaves the statement as it was found, whatever happened between.
    struct Reset {
        sqlite3_stmt* handle;
        ~Reset() {
            sqlite3_reset(handle);
            sqlite3_clear_bindings(handle);
        }
    };

    void name_columns() {
        auto count = static_cast<std::size_t>(sqlite3_column_count(handle));
        if (names && names->size() == count) return;
        std::vector<std::string> fresh(count);
        for (std::size_t i = 0; i < count; ++i) fresh[i] = sqlite3_column_name(handle, static_cast<int>(i));
        names = std::make_shared<const std::vector<std::string>>(std::move(fresh));
    }
};

SqliteConnection::SqliteConnection(std::unique_ptr<soci::session> session) : session_(std::move(session)) {
    handle_ = static_cast<soci::sqlite3_session_backend*>(session_->get_backend())->conn_;
}
SqliteConnection::~SqliteConnection() = default;

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::filesystem::path& file, std::chrono::milliseconds busy_max,
                                                                 Mode mode) {
    TRY(create_if_missing(file));
    auto target = TRY(connect_string(file, busy_max));
    std::unique_ptr<soci::session> session;
    try {
        session = std::make_unique<soci::session>(soci::sqlite3, target);
    } catch (const soci::soci_error& failed) {
        return Error{Kind::unavailable, "store.unavailable",
                     fmt::format("{} cannot be opened: {}.", file.string(), failed.get_error_message()), file.string()};
    }
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(std::move(session)));
    auto* db = database(connection->handle_);
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, static_cast<int>(busy_max.count()));  // SOCI's is in whole seconds

    static constexpr Statement journal{"store.journal", "PRAGMA journal_mode = WAL"};
    auto answer = TRY(connection->rows(journal));
    if (answer.empty() || answer[0].text("journal_mode") != "wal")
        return Error{Kind::unavailable, "store.unavailable",
                     "The database's folder does not allow a write-ahead log; put the data on a local disk.", file.string()};
    // It is ours, then, and nobody else's to read.
    if (::chmod(file.c_str(), 0600) != 0)
        log::warn("store.not_private", {{"file", file.string()}, {"reason", std::string(std::strerror(errno))}});
    TRY(connection->script("store.settings", R"(
        PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA temp_store = MEMORY;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = 67108864;
    )"));
    if (mode == Mode::reader) TRY(connection->script("store.reader", "PRAGMA query_only = ON"));
    sqlite3_wal_hook(
        db,
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<SqliteConnection*>(self)->log_pages_ = pages;
            return SQLITE_OK;
        },
        connection.get());
    return connection;
}

Result<SqliteConnection::Prepared*> SqliteConnection::prepare(const Statement& statement) {
    auto found = prepared_.find(statement.name);
    if (found != prepared_.end()) {
        if (found->second->sql == statement.sql) return found->second.get();
        return Error{Kind::internal, "store.internal", fmt::format("Two statements are called \"{}\".", statement.name)};
    }
    try {
        auto made = std::make_unique<Prepared>(Prepared{statement.sql, soci::statement(*session_), nullptr, nullptr});
        made->owner.alloc();
        made->owner.prepare(std::string(statement.sql));
        made->handle = static_cast<soci::sqlite3_statement_backend*>(made->owner.get_backend())->stmt_;
        if (made->handle == nullptr)
            return Error{Kind::internal, "store.internal", fmt::format("The statement \"{}\" is empty.", statement.name)};
        return prepared_.emplace(statement.name, std::move(made)).first->second.get();
    } catch (const soci::soci_error&) {
        return failure(statement, sqlite3_extended_errcode(database(handle_)));
    }
}

Result<void> SqliteConnection::bind(Prepared& prepared, std::span<const Bind> values) {
    auto wanted = sqlite3_bind_parameter_count(prepared.handle);
    if (static_cast<std::size_t>(wanted) != values.size())
        return Error{Kind::internal, "store.internal",
                     fmt::format("A statement takes {} values and was given {}: {}", wanted, values.size(), prepared.sql)};
    for (int i = 0; i < wanted; ++i)
        if (int code = bind_value(prepared.handle, i + 1, values[static_cast<std::size_t>(i)].value); code != SQLITE_OK)
            return sqlite_error(code, sqlite3_errmsg(database(handle_)), prepared.sql);
    return {};
}

Result<std::vector<Row>> SqliteConnection::rows(const Statement& statement, std::span<const Bind> values) {
    auto* prepared = TRY(prepare(statement));
    Prepared::Reset reset{prepared->handle};
    TRY(bind(*prepared, values));
    std::vector<Row> rows;
    int code = sqlite3_step(prepared->handle);
    prepared->name_columns();  // after the first step: a changed schema is noticed there
    for (; code == SQLITE_ROW; code = sqlite3_step(prepared->handle)) {
        std::vector<Bind::Variant> cells;
        cells.reserve(prepared->names->size());
        for (std::size_t i = 0; i < prepared->names->size(); ++i) cells.push_back(value_of(prepared->handle, static_cast<int>(i)));
        rows.emplace_back(prepared->names, std::move(cells));
    }
    if (code != SQLITE_DONE) return failure(statement, code);
    return rows;
}

Result<std::int64_t> SqliteConnection::execute(const Statement& statement, std::span<const Bind> values) {
    auto* prepared = TRY(prepare(statement));
    Prepared::Reset reset{prepared->handle};
    TRY(bind(*prepared, values));
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(prepared->handle);
    if (code != SQLITE_DONE) return failure(statement, code);
    return std::int64_t{sqlite3_changes64(database(handle_))};
}

Result<void> SqliteConnection::commit() {
    static constexpr Statement statement{"store.commit", "COMMIT"};
    auto done = execute(statement);
    if (done) return {};
    if (int code = sqlite3_extended_errcode(database(handle_)); is_input_output_failure(code))
        stop_the_process(statement.name, code, sqlite3_errmsg(database(handle_)));
    return done.error();
}

Result<void> SqliteConnection::script(std::string_view name, std::string_view sql) {
    std::string text(sql);  // SQLite wants its end marked
    int code = sqlite3_exec(database(handle_), text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(Statement{name, sql}, sqlite3_extended_errcode(database(handle_)));
    return {};
}

bool SqliteConnection::in_transaction() const {
    return sqlite3_get_autocommit(database(handle_)) == 0;
}

Result<void> SqliteConnection::checkpoint() {
    int code = sqlite3_wal_checkpoint_v2(database(handle_), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code != SQLITE_OK && code != SQLITE_BUSY)
        return failure(Statement{"store.checkpoint", {}}, sqlite3_extended_errcode(database(handle_)));
    log_pages_ = 0;
    return {};
}

Error SqliteConnection::failure(const Statement& statement, int code) const {
    const char* text = sqlite3_errmsg(database(handle_));
    if (is_fsync_failure(code)) stop_the_process(statement.name, code, text);
    return sqlite_error(code, text, statement.name);
}

}  // namespace vitrine::store
