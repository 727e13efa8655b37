#pragma once
// All SQL over workspaces, people, sessions, tokens, keys and invites. Nothing is decided here: what a row means is
// said in accounts.hpp. Lists are newest first and start below the id `before`.

#include <optional>
#include <string>
#include <vector>

#include "auth/auth.hpp"
#include "store/database.hpp"

namespace vitrine::auth::rows {

using store::Transaction;

// --- workspaces
Result<std::optional<WorkspaceId>> default_workspace(Transaction&);
Result<void> insert_workspace(Transaction&, const Workspace&, bool is_default);
Result<Workspace> find_workspace(Transaction&, const WorkspaceId&);

// --- people: the removed are not found
struct PersonRow {
    Person person;
    WorkspaceId workspace;
    std::string password_hash;
};
// Errors: store.conflict when the name is taken.
Result<void> insert_person(Transaction&, const PersonRow&, const std::string& name_key);
Result<std::optional<PersonRow>> person_by_name(Transaction&, const std::string& name_key);
Result<PersonRow> find_person(Transaction&, const WorkspaceId&, const PersonId&);
Result<std::vector<Person>> people(Transaction&, const WorkspaceId&, const std::string& before, int limit);
Result<std::int64_t> count_owners(Transaction&, const WorkspaceId&);
Result<void> set_role(Transaction&, const PersonId&, Role);
Result<void> set_password(Transaction&, const PersonId&, const std::string& hash);
Result<void> remove_person(Transaction&, const PersonId&, Time);

// --- sessions
struct SessionRow {
    Session session;
    WorkspaceId workspace;
    Person person;
    bool person_removed = false;
    std::optional<Time> revoked_at;
};
// `secret_hash` of a browser's; none for a program's.
Result<void> insert_session(Transaction&, const WorkspaceId&, const PersonId&, const Session&,
                            const std::optional<std::string>& secret_hash);
Result<std::optional<SessionRow>> session_by_secret(Transaction&, const std::string& secret_hash);
Result<std::optional<SessionRow>> session_by_id(Transaction&, const SessionId&);
Result<std::vector<Session>> sessions_of(Transaction&, const PersonId&, Time now, const std::string& before, int limit);
Result<void> touch_session(Transaction&, const SessionId&, Time last_seen_at, Time expires_at);
// How many were revoked by it.
Result<std::int64_t> revoke_session(Transaction&, const PersonId&, const SessionId&, Time);
Result<std::int64_t> revoke_sessions_of(Transaction&, const PersonId&, const std::optional<SessionId>& except, Time);

// --- tokens of a program's session
enum class TokenKind { access, refresh };
BOOST_DESCRIBE_ENUM(TokenKind, access, refresh)
struct TokenRow {
    TokenKind kind = TokenKind::access;
    SessionId session;
    Time expires_at;
    std::optional<Time> used_at;
};
Result<void> insert_token(Transaction&, const std::string& hash, const WorkspaceId&, const TokenRow&);
Result<std::optional<TokenRow>> find_token(Transaction&, const std::string& hash);
Result<void> use_token(Transaction&, const std::string& hash, Time);

// --- API keys
struct KeyRow {
    Key key;
    WorkspaceId workspace;
    std::optional<PersonId> maker;
    std::optional<Role> maker_role;  // as it is today
    std::optional<Time> revoked_at;
};
Result<void> insert_key(Transaction&, const KeyRow&, const std::string& secret_hash);
Result<std::optional<KeyRow>> key_by_secret(Transaction&, const std::string& secret_hash);
Result<std::optional<KeyRow>> key_by_id(Transaction&, const KeyId&);
// Of everybody when there is no `maker`; the revoked are left out.
Result<std::vector<Key>> keys(Transaction&, const WorkspaceId&, const std::optional<PersonId>& maker, const std::string& before, int limit);
Result<std::int64_t> count_keys(Transaction&, const WorkspaceId&);
Result<void> touch_key(Transaction&, const KeyId&, Time last_used_at);
Result<std::int64_t> revoke_key(Transaction&, const KeyId&, Time);
Result<std::int64_t> revoke_keys_of(Transaction&, const PersonId& maker, Time);

// --- invites
struct InviteRow {
    Invite invite;
    WorkspaceId workspace;
    std::optional<PersonId> maker;
};
Result<void> insert_invite(Transaction&, const InviteRow&, const std::string& code_hash);
// Open ones only: not used, not revoked, not too old.
Result<std::optional<InviteRow>> invite_by_code(Transaction&, const std::string& code_hash, Time now);
Result<std::vector<Invite>> invites(Transaction&, const WorkspaceId&, Time now, const std::string& before, int limit);
Result<void> use_invite(Transaction&, const InviteId&, Time);
Result<std::int64_t> revoke_invite(Transaction&, const WorkspaceId&, const InviteId&, Time);
Result<std::int64_t> revoke_invites_of(Transaction&, const PersonId& maker, Time);

// Sessions, tokens and invites that ended before this.
Result<void> purge(Transaction&, Time before);

}  // namespace vitrine::auth::rows
