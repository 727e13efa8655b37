#include "store/postgres_connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/log.hpp"
#include "store/parameters.hpp"
#include "store/postgres_error.hpp"

namespace vitrine::store {
namespace {

constexpr int version_min = 140'000;
constexpr const char* too_quiet_ms = "15000";  // a server that acknowledges nothing for so long is gone

// Types by which PostgreSQL says what a column holds (pg_type.dat).
enum : Oid {
    bool_type = 16,
    bytea_type = 17,
    int8_type = 20,
    int2_type = 21,
    int4_type = 23,
    oid_type = 26,
    float4_type = 700,
    float8_type = 701,
    numeric_type = 1700,
    xid8_type = 5069
};

struct Address {
    explicit Address(const std::string& server) {
        char* said = nullptr;  // may quote the address, password and all
        all = ::PQconninfoParse(server.c_str(), &said);
        ::PQfreemem(said);
    }
    ~Address() { ::PQconninfoFree(all); }
    Address(const Address&) = delete;
    Address& operator=(const Address&) = delete;
    PQconninfoOption* all = nullptr;
};

std::string_view line_of(const char* text) {
    std::string_view line = text == nullptr ? "" : text;
    while (!line.empty() && (line.back() == '\n' || line.back() == '.')) line.remove_suffix(1);
    return line;
}

std::string_view field(const pg_result* answer, int code) {
    const char* text = ::PQresultErrorField(answer, code);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

Bind::Variant number_in(std::string_view text) {
    std::int64_t whole = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (failed == std::errc{} && end == text.data() + text.size()) return whole;
    double real = 0;  // "0.1", "NaN", "Infinity"
    std::from_chars(text.data(), text.data() + text.size(), real);
    return real;
}

Bind::Variant value_in(const pg_result* answer, int row, int column) {
    if (::PQgetisnull(answer, row, column) != 0) return nullptr;
    const char* text = ::PQgetvalue(answer, row, column);
    const std::string_view view(text, static_cast<std::size_t>(::PQgetlength(answer, row, column)));
    switch (::PQftype(answer, column)) {
        case bool_type:
            return std::int64_t{view == "t"};
        case int2_type:
        case int4_type:
        case int8_type:
        case oid_type:
        case xid8_type:
        case numeric_type:  // sum() of whole numbers
            return number_in(view);
        case float4_type:
        case float8_type: {
            auto number = number_in(view);
            if (const auto* whole = std::get_if<std::int64_t>(&number)) return static_cast<double>(*whole);
            return number;
        }
        case bytea_type: {
            std::size_t length = 0;
            std::unique_ptr<unsigned char, decltype(&::PQfreemem)> bytes(
                ::PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &length), &::PQfreemem);
            if (!bytes) throw std::bad_alloc();
            return std::vector<std::uint8_t>(bytes.get(), bytes.get() + length);
        }
        default:
            return std::string(view);
    }
}

std::vector<Row> rows_in(const pg_result* answer) {
    std::vector<Row> rows;
    const int count = ::PQntuples(answer), width = ::PQnfields(answer);
    if (count == 0) return rows;
    auto names = std::make_shared<std::vector<std::string>>();
    for (int column = 0; column < width; ++column) names->emplace_back(::PQfname(answer, column));
    rows.reserve(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
        std::vector<Bind::Variant> values;
        values.reserve(static_cast<std::size_t>(width));
        for (int column = 0; column < width; ++column) values.push_back(value_in(answer, row, column));
        rows.emplace_back(names, std::move(values));
    }
    return rows;
}

// The values as libpq takes them: numbers as texts, which the server reads as whatever type the place asks for.
class Values {
public:
    explicit Values(std::span<const Bind> values) : texts_(values.size()) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto& value = values[i].value;
            const bool is_null = std::holds_alternative<std::nullptr_t>(value);
            const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&value);
            if (const auto* whole = std::get_if<std::int64_t>(&value)) texts_[i] = fmt::to_string(*whole);
            if (const auto* real = std::get_if<double>(&value)) texts_[i] = fmt::format("{}", *real);
            const auto* text = std::get_if<std::string>(&value);
            const char* begin = bytes != nullptr  ? reinterpret_cast<const char*>(bytes->data())
                                : text != nullptr ? text->c_str()
                                                  : texts_[i].c_str();
            pointers_.push_back(is_null ? nullptr : begin == nullptr ? "" : begin);
            lengths_.push_back(bytes != nullptr ? static_cast<int>(bytes->size()) : 0);
            formats_.push_back(bytes != nullptr ? 1 : 0);
        }
    }
    const char* const* pointers() const { return pointers_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

private:
    std::vector<std::string> texts_;
    std::vector<const char*> pointers_;
    std::vector<int> lengths_, formats_;
};

// PostgreSQL keeps no NUL in a text, and libpq would cut the text off there.
bool holds_nul(std::span<const Bind> values) {
    return std::ranges::any_of(values, [](const Bind& bind) {
        const auto* text = std::get_if<std::string>(&bind.value);
        return text != nullptr && text->find('\0') != std::string::npos;
    });
}

}  // namespace

void PostgresConnection::Clear::operator()(pg_result* answer) const {
    ::PQclear(answer);
}

// --- connecting ----------------------------------------------------------------------------------------------------

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& server, std::chrono::milliseconds busy_max) {
    Address address(server);
    const bool is_address = server.starts_with("postgres://") || server.starts_with("postgresql://");
    if (!is_address || address.all == nullptr)
        return Error{Kind::invalid, "store.server", "The database is not an address like postgres://user@host:5432/name.", "database"};

    std::vector<const char*> keys, values;
    auto tell = [&](const char* key, const char* value) {
        keys.push_back(key);
        values.push_back(value);
    };
    // Unless the address says otherwise.
    tell("connect_timeout", "5");
    tell("keepalives_idle", "10");
    tell("keepalives_interval", "2");
    tell("keepalives_count", "3");
    tell("tcp_user_timeout", too_quiet_ms);
    tell("target_session_attrs", "read-write");  // of several hosts, the one that takes writes
    tell("application_name", "vitrine");
    for (const auto* option = address.all; option->keyword != nullptr; ++option)
        if (option->val != nullptr) tell(option->keyword, option->val);
    tell("client_encoding", "UTF8");
    tell(nullptr, nullptr);

    std::unique_ptr<PostgresConnection> connection(new PostgresConnection(::PQconnectdbParams(keys.data(), values.data(), 0)));
    if (connection->handle_ == nullptr) throw std::bad_alloc();
    if (::PQstatus(connection->handle_) != CONNECTION_OK)
        return Error{Kind::unavailable, "store.unavailable",
                     fmt::format("The database server cannot be used: {}.", line_of(::PQerrorMessage(connection->handle_)))};
    // What the server has to say beside its answers ("relation exists, skipping") is nobody's business.
    ::PQsetNoticeProcessor(
        connection->handle_, [](void*, const char*) {}, nullptr);
    TRY(connection->greet(busy_max));
    return connection;
}

Result<void> PostgresConnection::greet(std::chrono::milliseconds busy_max) {
    if (::PQserverVersion(handle_) < version_min)
        return Error{Kind::unavailable, "store.server", "The database server is too old; vitrine needs PostgreSQL 14 or newer.",
                     "database"};
    // Who stands still inside a transaction keeps its locks from everybody; who is gone has nothing to wait for. A commit
    // that is answered is on the disk, whatever the server's own setting.
    auto settings = TRY(script("store.greet", fmt::format(R"(
        SET lock_timeout = {};
        SET idle_in_transaction_session_timeout = 60000;
        SET client_connection_check_interval = 2000;
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
        SELECT getdatabaseencoding() AS encoding, format('pid = %s AND backend_start = %L', pid, backend_start) AS backend
        FROM pg_stat_activity WHERE pid = pg_backend_pid())",
                                                          busy_max.count())));
    if (auto encoding = settings.front().text("encoding"); encoding != "UTF8")
        return Error{Kind::unavailable, "store.server",
                     fmt::format("The database keeps texts as {}; make one with ENCODING 'UTF8'.", encoding), "database"};
    backend_ = settings.front().text("backend");
    return {};
}

PostgresConnection::~PostgresConnection() {
    ::PQfinish(handle_);
}

bool PostgresConnection::in_transaction() const {
    auto status = ::PQtransactionStatus(handle_);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

// Nobody speaks between two transactions; the server does only to say goodbye, or when it is gone.
bool PostgresConnection::has_ended() const {
    pollfd watched{::PQsocket(handle_), POLLIN, 0};
    return ::poll(&watched, 1, 0) != 0;
}

bool PostgresConnection::in_failed_transaction() const {
    return ::PQtransactionStatus(handle_) == PQTRANS_INERROR;
}

// --- statements ----------------------------------------------------------------------------------------------------

Error PostgresConnection::failure(std::string_view statement, const pg_result* answer) {
    PostgresFailure failure;
    if (answer != nullptr)
        failure = {field(answer, PG_DIAG_SQLSTATE), line_of(::PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY)),
                   field(answer, PG_DIAG_MESSAGE_DETAIL), field(answer, PG_DIAG_TABLE_NAME), field(answer, PG_DIAG_CONSTRAINT_NAME)};
    const bool broken = ::PQstatus(handle_) != CONNECTION_OK || is_lost_connection(failure.state);
    if (broken) failure.state = "";
    if (failure.message.empty()) failure.message = line_of(::PQerrorMessage(handle_));
    lost_ = lost_ || broken || failure.state == "0A000" || failure.state == "26000";
    return postgres_error(failure, statement, reading_);
}

Result<void> PostgresConnection::prepare(const Statement& statement) {
    const auto sql = statement.postgres.empty() ? statement.sql : statement.postgres;
    if (auto known = prepared_.find(statement.name); known != prepared_.end()) {
        if (known->second.text == sql.data()) return {};
        return Error{Kind::internal, "store.internal", fmt::format("Two statements are called \"{}\".", statement.name)};
    }
    auto numbered = number_parameters(sql);
    Answer answer(::PQprepare(handle_, std::string(statement.name).c_str(), numbered.sql.c_str(), 0, nullptr));
    if (::PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return failure(statement.name, answer.get());
    prepared_[statement.name] = {sql.data(), numbered.names.size()};
    return {};
}

Result<void> PostgresConnection::prepare_for(const Statement& statement, std::span<const Bind> values) {
    TRY(prepare(statement));
    if (auto expected = prepared_.at(statement.name).parameters; expected != values.size())
        return Error{
            Kind::internal, "store.internal",
            fmt::format("The statement \"{}\" has {} parameters and was given {} values.", statement.name, expected, values.size())};
    if (holds_nul(values))
        return postgres_error({.state = "22021", .message = {}, .detail = {}, .table = {}, .constraint = {}}, statement.name, reading_);
    return {};
}

Result<PostgresConnection::Answer> PostgresConnection::run(const Statement& statement, std::span<const Bind> values) {
    TRY(prepare_for(statement, values));
    if (!pending_.empty()) {
        auto commands = std::exchange(pending_, {});
        commands.push_back({statement.name, std::vector<Bind>(values.begin(), values.end())});
        return send_together(commands);
    }
    Values bound(values);
    Answer answer(::PQexecPrepared(handle_, std::string(statement.name).c_str(), static_cast<int>(values.size()), bound.pointers(),
                                   bound.lengths(), bound.formats(), 0));
    auto status = ::PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return failure(statement.name, answer.get());
    return answer;
}

Result<PostgresConnection::Answer> PostgresConnection::send_together(const std::vector<Command>& commands) {
    auto send = [&](const Command& command) {
        std::string words(command.words);
        if (!command.values) return ::PQsendQueryParams(handle_, words.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 1;
        Values bound(*command.values);
        return ::PQsendQueryPrepared(handle_, words.c_str(), static_cast<int>(command.values->size()), bound.pointers(), bound.lengths(),
                                     bound.formats(), 0) == 1;
    };
    if (::PQenterPipelineMode(handle_) != 1 || !std::ranges::all_of(commands, send) || ::PQpipelineSync(handle_) != 1) {
        lost_ = true;  // what was sent of it is not known
        return failure(commands.back().words, nullptr);
    }
    Answer answer, refused;
    std::size_t answered = 0;  // the first that is refused is the last that is
    while (::PQstatus(handle_) == CONNECTION_OK) {
        Answer next(::PQgetResult(handle_));
        auto status = ::PQresultStatus(next.get());
        if (next && status == PGRES_PIPELINE_SYNC) break;
        if (!next) {
            answered += refused ? 0 : 1;  // the end of one
        } else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            answer = std::move(next);
        } else if (!refused) {
            refused = std::move(next);
        }
    }
    if (refused || answered != commands.size() || ::PQstatus(handle_) != CONNECTION_OK || ::PQexitPipelineMode(handle_) != 1) {
        auto error = failure(commands[std::min(answered, commands.size() - 1)].words, refused.get());
        if (!lost_ && ::PQpipelineStatus(handle_) != PQ_PIPELINE_OFF && ::PQexitPipelineMode(handle_) != 1) lost_ = true;
        return error;
    }
    return answer;
}

void PostgresConnection::begin(std::span<const std::string_view> commands) {
    pending_.clear();
    for (auto words : commands) pending_.push_back({words});
}

Result<void> PostgresConnection::send(const Statement& statement, std::vector<Bind> values) {
    TRY(prepare_for(statement, values));
    pending_.push_back({statement.name, std::move(values)});
    return {};
}

Result<void> PostgresConnection::commit(const Statement& statement, std::span<const Bind> values) {
    auto commands = std::exchange(pending_, {});
    bool only_begun = !commands.empty() && std::ranges::none_of(commands, [](const Command& one) { return one.values.has_value(); });
    if (only_begun) return {};
    TRY(prepare_for(statement, values));
    commands.push_back({statement.name, std::vector<Bind>(values.begin(), values.end())});
    commands.push_back({"COMMIT"});
    TRY(send_together(commands));
    return {};
}

void PostgresConnection::roll_back() {
    pending_.clear();
    if (!lost_ && in_transaction()) (void)script("store.rollback", "ROLLBACK");
}

Result<std::vector<Row>> PostgresConnection::rows(const Statement& statement, std::span<const Bind> values) {
    return rows_in(TRY(run(statement, values)).get());
}

Result<std::int64_t> PostgresConnection::execute(const Statement& statement, std::span<const Bind> values) {
    auto answer = TRY(run(statement, values));
    const std::string_view count = ::PQcmdTuples(answer.get());
    std::int64_t changed = 0;
    std::from_chars(count.data(), count.data() + count.size(), changed);
    return changed;
}

Result<std::vector<Row>> PostgresConnection::script(std::string_view name, const std::string& sql) {
    Answer answer(::PQexec(handle_, sql.c_str()));
    auto status = ::PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) return failure(name, answer.get());
    return rows_in(answer.get());
}

// --- listening -----------------------------------------------------------------------------------------------------

int PostgresConnection::number() const {
    return ::PQbackendPID(handle_);
}
int PostgresConnection::socket() const {
    return ::PQsocket(handle_);
}

Result<std::vector<PostgresConnection::Notice>> PostgresConnection::take_notices() {
    if (::PQconsumeInput(handle_) == 0) return failure("store.listen", nullptr);
    std::vector<Notice> notices;
    while (auto* notice = ::PQnotifies(handle_)) {
        notices.push_back({notice->extra, notice->be_pid});
        ::PQfreemem(notice);
    }
    return notices;
}

}  // namespace vitrine::store
