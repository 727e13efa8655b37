// From a credential to who it stands for, asked of the database each time, so that a revocation counts at once.
#include "auth/accounts.hpp"
#include "auth/accounts_inside.hpp"
#include "auth/secrets.hpp"
#include "core/log.hpp"

namespace vitrine::auth {

using store::Transaction;

bool Identity::may(Right right) const {
    return (!role || allows(*role, right)) && (!key || allows(scopes, right));
}

namespace {

// How exactly "last seen" is kept: a write for every request would cost more than the request.
constexpr std::chrono::minutes seen_every{1};

Result<Identity> session_identity(const rows::SessionRow& row, Time now) {
    if (row.revoked_at || row.person_removed) return Error{Kind::denied, "auth.revoked", "This sign-in was revoked. Sign in again."};
    if (row.session.expires_at <= now) return Error{Kind::denied, "auth.expired", "This sign-in is too old. Sign in again."};
    return Identity{{row.workspace, row.person.id, row.person.name, to_string(row.session.id)}, row.person.role, {}, false};
}

Result<Identity> key_identity(const rows::KeyRow& row) {
    if (row.revoked_at) return Error{Kind::denied, "auth.revoked", "This API key was revoked. Make a new one."};
    return Identity{{row.workspace, std::nullopt, "key:" + row.key.name, to_string(row.key.id)}, row.maker_role, row.key.scopes, true};
}

Error unknown_key() {
    return {Kind::denied, "auth.unknown_key", "This API key is not known. Check that it was copied whole, or make a new one."};
}

Error bad_token() {
    return {Kind::denied, "auth.bad_token", "This access token is not known. Use the refresh token, or sign in again."};
}

// The request goes on whether or not this was written.
void note_use(store::Database& database, const std::function<Result<void>(Transaction&)>& touch) {
    if (auto done = database.write(touch); !done) log::failed("auth.note_use", done.error());
}

void note_session(store::Database& database, const rows::SessionRow& row, Time now, Time end) {
    if (now - row.session.last_seen_at >= seen_every)
        note_use(database, [&](Transaction& tx) { return rows::touch_session(tx, row.session.id, now, end); });
}

}  // namespace

Result<Identity> Accounts::identify_session(std::string_view secret) {
    auto now = inside_->clock.now();
    auto row = TRY(inside_->database.read([&](Transaction& tx) { return rows::session_by_secret(tx, sha256_hex(secret)); }));
    if (!row) return Error{Kind::denied, "auth.required", "Sign in first."};
    auto identity = TRY(session_identity(*row, now));
    note_session(inside_->database, *row, now, inside_->session_end(row->session.created_at));
    return identity;
}

Result<Identity> Accounts::identify_token(std::string_view secret) {
    struct Found {
        rows::TokenRow token;
        rows::SessionRow session;
    };
    auto now = inside_->clock.now();
    auto found = TRY(inside_->database.read([&](Transaction& tx) -> Result<Found> {
        auto token = TRY(rows::find_token(tx, sha256_hex(secret)));
        if (!token || token->kind != rows::TokenKind::access) return bad_token();
        auto session = TRY(rows::session_by_id(tx, token->session));
        if (!session) return bad_token();
        return Found{*token, *session};
    }));
    auto identity = TRY(session_identity(found.session, now));
    if (found.token.expires_at <= now)
        return Error{Kind::denied, "auth.expired", "This access token is too old. Use the refresh token to get another."};
    note_session(inside_->database, found.session, now, inside_->session_end(found.session.session.created_at));
    return identity;
}

Result<Identity> Accounts::identify_key(std::string_view secret) {
    if (!is_key_secret(secret)) return unknown_key();
    auto now = inside_->clock.now();
    auto row = TRY(inside_->database.read([&](Transaction& tx) { return rows::key_by_secret(tx, sha256_hex(secret)); }));
    if (!row) return unknown_key();
    auto identity = TRY(key_identity(*row));
    if (!row->key.last_used_at || now - *row->key.last_used_at >= seen_every)
        note_use(inside_->database, [&](Transaction& tx) { return rows::touch_key(tx, row->key.id, now); });
    return identity;
}

Result<void> Accounts::check(const http::Caller& caller, Right right) {
    if (!caller.person && caller.credential.empty() && caller.name == "local") return {};
    auto identity = TRY(inside_->database.read([&](Transaction& tx) -> Result<Identity> {
        Error unknown{Kind::denied, "auth.required", "Sign in first."};
        if (caller.person) {
            auto row = TRY(rows::session_by_id(tx, TRY(SessionId::parse(caller.credential))));
            if (!row) return unknown;
            return session_identity(*row, inside_->clock.now());
        }
        auto row = TRY(rows::key_by_id(tx, TRY(KeyId::parse(caller.credential))));
        if (!row) return unknown;
        return key_identity(*row);
    }));
    if (!identity.may(right))
        return Error{Kind::denied, "auth.denied", fmt::format("This needs the right \"{}\".", json::enum_name(right))};
    return {};
}

}  // namespace vitrine::auth
