#include "auth/idempotency.hpp"

#include "auth/secrets.hpp"
#include "core/log.hpp"

namespace vitrine::auth {

using store::Statement;
using store::Transaction;

// Whose key it is, and what was asked under it.
struct Idempotency::Mark {
    WorkspaceId workspace;
    std::string actor;
    std::string key_hash;
    std::string fingerprint;
};

namespace {

// Photos count by their hashes, which were taken while they streamed in.
std::string fingerprint_of(const http::Request& request) {
    json::Array files;
    for (const auto& file : request.files) files.emplace_back(file.sha256);
    return sha256_hex(json::print(json::Object{{"method", static_cast<int>(request.method)},
                                               {"path", request.path},
                                               {"query", json::write(request.query)},
                                               {"body", sha256_hex(request.body)},
                                               {"fields", json::write(request.fields)},
                                               {"files", files}}));
}

}  // namespace

namespace {

// A request that another server began so long ago and has not ended is taken for dead with its server. On a SQLite file
// there is one server, and what another process left was left by a crash.
constexpr std::chrono::seconds elsewhere_max{60};

}  // namespace

// That this process runs it, for as long as this lives; unless it ran already.
class Idempotency::Running {
public:
    Running(Idempotency& keeper, const Mark& mark)
        : keeper_(keeper),
          name_(fmt::format("{} {} {}", to_string(mark.workspace), mark.actor, mark.key_hash)),
          is_first_(keeper.running_.with([&](auto& all) { return all.insert(name_).second; })) {}
    ~Running() {
        if (is_first_) keeper_.running_.with([&](auto& all) { all.erase(name_); });
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    bool is_first() const { return is_first_; }

private:
    Idempotency& keeper_;
    const std::string name_;
    const bool is_first_;
};

// Frees the mark unless an answer was kept, also when an exception passes through.
class Idempotency::Claim {
public:
    Claim(Idempotency& keeper, const Mark& mark) : keeper_(keeper), mark_(mark) {}
    ~Claim() {
        if (!kept_) keeper_.release(mark_);
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    void keep(const http::Response& response) {
        kept_ = true;
        keeper_.finish(mark_, response);
    }

private:
    Idempotency& keeper_;
    const Mark& mark_;
    bool kept_ = false;
};

Idempotency::Idempotency(store::Database& database, const Clock& clock, const Settings& settings)
    : database_(database), clock_(clock), settings_(settings) {}

Result<http::Response> Idempotency::once(http::Request& request, const http::Handler& handler, const std::string& key) {
    if (key.empty() || key.size() > 200)
        return Error{Kind::invalid, "auth.idempotency_key", "An Idempotency-Key has 1 to 200 characters; a fresh UUID is a good one.",
                     "Idempotency-Key"};
    const auto& caller = request.who();
    Mark mark{caller.workspace, caller.person ? to_string(*caller.person) : caller.credential, sha256_hex(key), fingerprint_of(request)};
    Running running(*this, mark);
    if (auto earlier = TRY(claim(mark, !running.is_first()))) return std::move(*earlier);

    Claim claimed(*this, mark);
    auto response = TRY(handler(request));
    // What failed did not happen, and a file or a stream is not an answer that can be kept.
    if (response.status < 400 && std::holds_alternative<std::string>(response.body)) claimed.keep(response);
    return response;
}

// Whether who made the mark has ended without a word. A mark of this process that nothing here runs could not be freed:
// the database was away.
bool Idempotency::is_left_over(const store::Row& mark, Time now, bool runs_here) const {
    if (!mark.is_null("status")) return false;
    if (mark.text("boot") == boot_) return !runs_here;
    return !database_.is_server() || mark.time("created_at") + elsewhere_max <= now;
}

Result<std::optional<http::Response>> Idempotency::claim(const Mark& mark, bool runs_here) {
    static constexpr Statement find{"auth.idempotency.find", R"(
        SELECT fingerprint, boot, status, headers, body, created_at FROM idempotency
        WHERE workspace_id = :workspace AND actor = :actor AND key_hash = :key_hash)"};
    static constexpr Statement take{"auth.idempotency.take", R"(
        INSERT INTO idempotency (workspace_id, actor, key_hash, fingerprint, boot, created_at)
        VALUES (:workspace, :actor, :key_hash, :fingerprint, :boot, :now)
        ON CONFLICT (workspace_id, actor, key_hash) DO UPDATE SET
            fingerprint = excluded.fingerprint, boot = excluded.boot, created_at = excluded.created_at,
            status = NULL, headers = NULL, body = NULL)"};

    return database_.write([&](Transaction& tx) -> Result<std::optional<http::Response>> {
        TRY(tx.lock("idempotency " + mark.key_hash));  // of two at once the second waits, and sees the mark of the first
        auto now = clock_.now();
        Error running{Kind::conflict, "auth.idempotency_running",
                      "The request with this Idempotency-Key still runs. Ask again in a moment."};
        running.retry_after_seconds = 1;
        auto row = TRY(tx.row(find, {mark.workspace, mark.actor, mark.key_hash}));
        if (!row && runs_here) return running;  // about to make its mark
        bool too_old = row && row->time("created_at") + std::chrono::hours{settings_.idempotency_hours} <= now;
        if (!row || too_old || is_left_over(*row, now, runs_here)) {
            TRY(tx.execute(take, {mark.workspace, mark.actor, mark.key_hash, mark.fingerprint, boot_, now}));
            return std::optional<http::Response>();
        }
        if (row->text("fingerprint") != mark.fingerprint)
            return Error{Kind::invalid, "auth.idempotency_mismatch",
                         "This Idempotency-Key was used for another request. Use a new key for a new request.", "Idempotency-Key"};
        if (row->is_null("status")) return running;
        http::Response response;
        response.status = static_cast<int>(row->whole("status"));
        for (const auto& [name, value] : TRY((json::read<std::map<std::string, std::string>>(TRY(row->json("headers"))))))
            response.headers.set(name, value);
        response.headers.set("idempotency-replayed", "true");
        response.body = row->text("body");
        return std::optional(std::move(response));
    });
}

void Idempotency::finish(const Mark& mark, const http::Response& response) {
    static constexpr Statement keep{"auth.idempotency.keep", R"(
        UPDATE idempotency SET status = :status, headers = :headers, body = :body
        WHERE workspace_id = :workspace AND actor = :actor AND key_hash = :key_hash AND boot = :boot)"};
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : response.headers.all())
        if (name != "set-cookie") headers[name] = value;
    auto done = database_.write([&](Transaction& tx) {
        return tx.execute(keep, {response.status, json::write(headers), std::get<std::string>(response.body), mark.workspace, mark.actor,
                                 mark.key_hash, boot_});
    });
    // The work is done and its answer goes out; only a repeat of it will find the mark running.
    if (!done) log::failed("auth.idempotency_keep", done.error());
}

void Idempotency::release(const Mark& mark) {
    static constexpr Statement free{"auth.idempotency.free", R"(
        DELETE FROM idempotency
        WHERE workspace_id = :workspace AND actor = :actor AND key_hash = :key_hash AND boot = :boot AND status IS NULL)"};
    auto done = database_.write([&](Transaction& tx) { return tx.execute(free, {mark.workspace, mark.actor, mark.key_hash, boot_}); });
    if (!done) log::failed("auth.idempotency_free", done.error());
}

Result<void> Idempotency::purge() {
    static constexpr Statement old{"auth.idempotency.purge", "DELETE FROM idempotency WHERE created_at < :before"};
    return database_.write([&](Transaction& tx) -> Result<void> {
        TRY(tx.execute(old, {clock_.now() - std::chrono::hours{settings_.idempotency_hours}}));
        return {};
    });
}

}  // namespace vitrine::auth
