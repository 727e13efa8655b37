// Where a person is signed in: browser sessions, programs' tokens, and the password they begin with.
#include "auth/accounts.hpp"
#include "auth/accounts_inside.hpp"
#include "auth/secrets.hpp"
#include "core/log.hpp"

namespace vitrine::auth {

using store::Transaction;

Error wrong_password() {
    return {Kind::denied, "auth.wrong_password", "The name or the password is not right."};
}

Result<Proven> Accounts::Inside::prove(const std::string& name, const std::string& password, const Client& client) {
    auto key = name_key_of(name);
    TRY(take_try(client, key));
    auto row = TRY(database.read([&](Transaction& tx) { return rows::person_by_name(tx, key); }));
    auto right = passwords.verify(row ? std::optional(row->password_hash) : std::nullopt, password);
    if (!right) {
        give_back_try(client, key);  // nothing was learned by it
        return right.error();
    }
    if (!*right) {
        // Not the name: people type passwords into the wrong field.
        log::warn("auth.wrong_password", {{"peer", client.peer}});
        return wrong_password();
    }
    give_back_try(client, key);
    Proven proven{*row, std::nullopt};
    if (passwords.outdated(row->password_hash))
        if (auto hash = passwords.hash(password)) proven.new_hash = *hash;  // too busy: next time
    return proven;
}

Result<void> Accounts::Inside::hold(Transaction& tx, const Proven& proven) {
    auto now = rows::find_person(tx, proven.row.workspace, proven.row.person.id);
    if (!now && now.error().kind != Kind::not_found) return now.error();
    if (!now || now->password_hash != proven.row.password_hash) return wrong_password();
    if (proven.new_hash) TRY(rows::set_password(tx, proven.row.person.id, *proven.new_hash));
    return {};
}

// --- browsers ------------------------------------------------------------------------------------------------------

Result<NewSession> Accounts::sign_in(const std::string& name, const std::string& password, const Client& client) {
    auto proven = TRY(inside_->prove(name, password, client));
    return inside_->write_alone([&](Transaction& tx) -> Result<NewSession> {
        TRY(inside_->hold(tx, proven));
        return inside_->begin_session(tx, proven.row, client);
    });
}

// --- programs ------------------------------------------------------------------------------------------------------
// One sign-in of a program is one session; its tokens are rows of it, the "family" that falls together.

namespace {

struct TokenPair {
    std::string access = make_access_token();
    std::string refresh = make_refresh_token();
};

Result<TokenPair> insert_tokens(Transaction& tx, const WorkspaceId& workspace, const Session& session, Time now, const Settings& settings) {
    TokenPair pair;
    auto access_end = std::min<Time>(now + std::chrono::minutes{settings.access_token_minutes}, session.expires_at);
    // A refresh token ends with its session; its row outlives its use, so that using it again is noticed.
    auto refresh_end = session.created_at + std::chrono::days{settings.session_days_max};
    TRY(rows::insert_token(tx, sha256_hex(pair.access), workspace, {rows::TokenKind::access, session.id, access_end, std::nullopt}));
    TRY(rows::insert_token(tx, sha256_hex(pair.refresh), workspace, {rows::TokenKind::refresh, session.id, refresh_end, std::nullopt}));
    return pair;
}

NewTokens answer(TokenPair pair, const Person& person, const Settings& settings) {
    return {std::move(pair.access), std::move(pair.refresh), settings.access_token_minutes * 60, person};
}

}  // namespace

Result<NewTokens> Accounts::make_tokens(const std::string& name, const std::string& password, const Client& client) {
    auto proven = TRY(inside_->prove(name, password, client));
    return inside_->write_alone([&](Transaction& tx) -> Result<NewTokens> {
        TRY(inside_->hold(tx, proven));
        auto now = inside_->clock.now();
        const auto& row = proven.row;
        Session session{SessionId::make(), SessionKind::program, client.device, true, now, now, inside_->session_end(now)};
        TRY(rows::insert_session(tx, row.workspace, row.person.id, session, std::nullopt));
        auto pair = TRY(insert_tokens(tx, row.workspace, session, now, inside_->settings));
        TRY(inside_->audit.write(tx, caller_of(row, session.id), "session.started", to_string(session.id),
                                 json::Object{{"device", session.device}}));
        return answer(std::move(pair), row.person, inside_->settings);
    });
}

Result<NewTokens> Accounts::refresh(const std::string& refresh_token) {
    auto hash = sha256_hex(refresh_token);
    // A refused refresh may have to be committed (the revocation), so an error leaves the transaction as a value.
    struct Outcome {
        std::optional<NewTokens> tokens;
        Error error;
    };
    auto outcome = TRY(inside_->write_alone([&](Transaction& tx) -> Result<Outcome> {
        auto now = inside_->clock.now();
        auto token = TRY(rows::find_token(tx, hash));
        if (!token || token->kind != rows::TokenKind::refresh)
            return Outcome{{}, {Kind::denied, "auth.bad_token", "This refresh token is not known. Sign in again."}};
        auto found = TRY(rows::session_by_id(tx, token->session));
        assert(found);  // a token goes with its session
        rows::PersonRow row{found->person, found->workspace, {}};
        if (found->revoked_at || found->person_removed)
            return Outcome{{}, {Kind::denied, "auth.revoked", "This sign-in was revoked. Sign in again."}};
        if (token->used_at) {
            TRY(rows::revoke_session(tx, row.person.id, token->session, now));
            TRY(inside_->audit.write(tx, caller_of(row, token->session), "session.reuse_revoked", to_string(token->session)));
            return Outcome{
                {},
                {Kind::denied, "auth.revoked",
                 "This refresh token was used before, so somebody else may have a copy; the sign-in is revoked. Sign in again."}};
        }
        if (token->expires_at <= now || found->session.expires_at <= now)
            return Outcome{{}, {Kind::denied, "auth.expired", "This sign-in is too old. Sign in again."}};
        TRY(rows::use_token(tx, hash, now));
        found->session.expires_at = inside_->session_end(found->session.created_at);
        TRY(rows::touch_session(tx, token->session, now, found->session.expires_at));
        auto pair = TRY(insert_tokens(tx, row.workspace, found->session, now, inside_->settings));
        return Outcome{answer(std::move(pair), row.person, inside_->settings), {}};
    }));
    if (!outcome.tokens) return outcome.error;
    return *outcome.tokens;
}

// --- what a person sees of it --------------------------------------------------------------------------------------

Result<std::vector<Session>> Accounts::sessions(const http::Caller& caller, const PageOf& page) {
    auto person = TRY(person_of(caller));
    auto before = TRY(begin_of(page));
    auto sessions = TRY(
        inside_->database.read([&](Transaction& tx) { return rows::sessions_of(tx, person, inside_->clock.now(), before, page.limit); }));
    for (auto& session : sessions) session.current = to_string(session.id) == caller.credential;
    return sessions;
}

Result<void> Accounts::revoke_session(const http::Caller& caller, const SessionId& id) {
    auto person = TRY(person_of(caller));
    return inside_->write_alone([&](Transaction& tx) -> Result<void> {
        if (TRY(rows::revoke_session(tx, person, id, inside_->clock.now())) == 0)
            return Error{Kind::not_found, "auth.session_not_found", "You are not signed in anywhere with this id."};
        return inside_->audit.write(tx, caller, "session.revoked", to_string(id));
    });
}

namespace {

std::optional<SessionId> current_session(const http::Caller& caller) {
    auto id = SessionId::parse(caller.credential);
    return id ? std::optional(*id) : std::nullopt;
}

}  // namespace

Result<std::int64_t> Accounts::revoke_other_sessions(const http::Caller& caller) {
    auto person = TRY(person_of(caller));
    return inside_->write_alone([&](Transaction& tx) -> Result<std::int64_t> {
        auto revoked = TRY(rows::revoke_sessions_of(tx, person, current_session(caller), inside_->clock.now()));
        TRY(inside_->audit.write(tx, caller, "session.others_revoked", to_string(person), json::Object{{"sessions", revoked}}));
        return revoked;
    });
}

Result<void> Accounts::change_password(const http::Caller& caller, const std::string& current, const NewPassword& password,
                                       const Client& client) {
    auto person = TRY(find_person(caller.workspace, TRY(person_of(caller))));
    auto proven = TRY(inside_->prove(person.name, current, client));
    auto hash = TRY(inside_->passwords.hash(password));
    return inside_->write_alone([&](Transaction& tx) -> Result<void> {
        TRY(inside_->hold(tx, proven));
        TRY(rows::set_password(tx, person.id, hash));
        TRY(rows::revoke_sessions_of(tx, person.id, current_session(caller), inside_->clock.now()));
        return inside_->audit.write(tx, caller, "person.password_changed", to_string(person.id));
    });
}

}  // namespace vitrine::auth
