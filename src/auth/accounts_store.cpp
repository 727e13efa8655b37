#include "auth/accounts_store.hpp"

namespace vitrine::auth::rows {
namespace {

using store::Row;
using store::Statement;

template <class Enum>
Enum enum_in(const Row& row, std::string_view column) {
    auto value = json::enum_of<Enum>(row.text(column));
    assert(value);  // this room alone writes these columns
    return *value;
}

template <class Enum>
std::string text_of(Enum value) {
    return std::string(json::enum_name(value));
}

// --- what a row holds ----------------------------------------------------------------------------------------------

Person person_in(const Row& row) {
    return {row.id<PersonId>("person_id"), row.text("person_name"), enum_in<Role>(row, "role"), row.time("person_created_at"),
            row.whole("person_version")};
}

PersonRow person_row(const Row& row) {
    return {person_in(row), row.id<WorkspaceId>("workspace_id"), row.text("password_hash")};
}

Session session_in(const Row& row) {
    return {row.id<SessionId>("id"), enum_in<SessionKind>(row, "kind"), row.text("device"),    false,
            row.time("created_at"),  row.time("last_seen_at"),          row.time("expires_at")};
}

SessionRow session_row(const Row& row) {
    return {session_in(row), row.id<WorkspaceId>("workspace_id"), person_in(row), !row.is_null("removed_at"), row.time_if("revoked_at")};
}

Result<Key> key_in(const Row& row) {
    return Key{row.id<KeyId>("id"), row.text("name"),       TRY(json::read<std::vector<Scope>>(TRY(row.json("scopes")))),
               row.text("made_by"), row.time("created_at"), row.time_if("last_used_at")};
}

Result<KeyRow> key_row(const Row& row) {
    return KeyRow{TRY(key_in(row)), row.id<WorkspaceId>("workspace_id"), row.id_if<PersonId>("maker_id"),
                  row.is_null("maker_role") ? std::nullopt : std::optional(enum_in<Role>(row, "maker_role")), row.time_if("revoked_at")};
}

Invite invite_in(const Row& row) {
    return {row.id<InviteId>("id"), enum_in<Role>(row, "role"), row.text("made_by"), row.time("created_at"), row.time("expires_at")};
}

}  // namespace

// --- workspaces ----------------------------------------------------------------------------------------------------

Result<std::optional<WorkspaceId>> default_workspace(Transaction& tx) {
    static constexpr Statement sql{"auth.workspace.default", "SELECT id FROM workspaces WHERE is_default = 1"};
    auto row = TRY(tx.row(sql));
    if (!row) return std::optional<WorkspaceId>();
    return std::optional(row->id<WorkspaceId>("id"));
}

Result<void> insert_workspace(Transaction& tx, const Workspace& workspace, bool is_default) {
    static constexpr Statement sql{"auth.workspace.insert",
                                   "INSERT INTO workspaces (id, name, is_default, created_at) VALUES (:id, :name, :is_default, :now)"};
    TRY(tx.execute(sql, {workspace.id, workspace.name, is_default, workspace.created_at}));
    return {};
}

Result<Workspace> find_workspace(Transaction& tx, const WorkspaceId& id) {
    static constexpr Statement sql{"auth.workspace.find", "SELECT id, name, created_at FROM workspaces WHERE id = :id"};
    auto row = TRY(tx.row_or(sql, {id}, "auth.workspace_not_found", "There is no such workspace."));
    return Workspace{row.id<WorkspaceId>("id"), row.text("name"), row.time("created_at")};
}

// --- people --------------------------------------------------------------------------------------------------------

Result<void> insert_person(Transaction& tx, const PersonRow& row, const std::string& name_key) {
    static constexpr Statement sql{"auth.person.insert", R"(
        INSERT INTO people (id, workspace_id, name, name_key, role, password_hash, created_at)
        VALUES (:id, :workspace, :name, :name_key, :role, :password_hash, :now))"};
    TRY(tx.execute(sql, {row.person.id, row.workspace, row.person.name, name_key, text_of(row.person.role), row.password_hash,
                         row.person.created_at}));
    return {};
}

Result<std::optional<PersonRow>> person_by_name(Transaction& tx, const std::string& name_key) {
    static constexpr Statement sql{"auth.person.by_name", R"(
        SELECT id AS person_id, workspace_id, name AS person_name, role, password_hash, created_at AS person_created_at,
               version AS person_version
        FROM people WHERE name_key = :name_key AND removed_at IS NULL)"};
    auto row = TRY(tx.row(sql, {name_key}));
    if (!row) return std::optional<PersonRow>();
    return std::optional(person_row(*row));
}

Result<PersonRow> find_person(Transaction& tx, const WorkspaceId& workspace, const PersonId& id) {
    static constexpr Statement sql{"auth.person.find", R"(
        SELECT id AS person_id, workspace_id, name AS person_name, role, password_hash, created_at AS person_created_at,
               version AS person_version
        FROM people WHERE workspace_id = :workspace AND id = :id AND removed_at IS NULL)"};
    return person_row(TRY(tx.row_or(sql, {workspace, id}, "auth.person_not_found", "There is no such person here.")));
}

Result<std::vector<Person>> people(Transaction& tx, const WorkspaceId& workspace, const std::string& before, int limit) {
    static constexpr Statement sql{"auth.person.list", R"(
        SELECT id AS person_id, name AS person_name, role, created_at AS person_created_at,
               version AS person_version
        FROM people WHERE workspace_id = :workspace AND removed_at IS NULL AND id < :before ORDER BY id DESC LIMIT :limit)"};
    std::vector<Person> people;
    for (const auto& row : TRY(tx.rows(sql, {workspace, before, limit}))) people.push_back(person_in(row));
    return people;
}

Result<std::int64_t> count_owners(Transaction& tx, const WorkspaceId& workspace) {
    static constexpr Statement sql{
        "auth.person.count_owners",
        "SELECT count(*) AS owners FROM people WHERE workspace_id = :workspace AND role = 'owner' AND removed_at IS NULL"};
    return TRY(tx.rows(sql, {workspace})).front().whole("owners");
}

Result<void> set_role(Transaction& tx, const PersonId& id, Role role) {
    static constexpr Statement sql{"auth.person.set_role", "UPDATE people SET role = :role, version = version + 1 WHERE id = :id"};
    TRY(tx.execute(sql, {text_of(role), id}));
    return {};
}

Result<void> set_password(Transaction& tx, const PersonId& id, const std::string& hash) {
    static constexpr Statement sql{"auth.person.set_password", "UPDATE people SET password_hash = :hash WHERE id = :id"};
    TRY(tx.execute(sql, {hash, id}));
    return {};
}

Result<void> remove_person(Transaction& tx, const PersonId& id, Time now) {
    static constexpr Statement sql{"auth.person.remove",
                                   "UPDATE people SET removed_at = :now, name_key = NULL, password_hash = NULL WHERE id = :id"};
    TRY(tx.execute(sql, {now, id}));
    return {};
}

// --- sessions ------------------------------------------------------------------------------------------------------

Result<void> insert_session(Transaction& tx, const WorkspaceId& workspace, const PersonId& person, const Session& session,
                            const std::optional<std::string>& secret_hash) {
    static constexpr Statement sql{"auth.session.insert", R"(
        INSERT INTO sessions (id, workspace_id, person_id, kind, secret_hash, device, created_at, last_seen_at, expires_at)
        VALUES (:id, :workspace, :person, :kind, :secret_hash, :device, :created_at, :last_seen_at, :expires_at))"};
    TRY(tx.execute(sql, {session.id, workspace, person, text_of(session.kind), secret_hash, session.device, session.created_at,
                         session.last_seen_at, session.expires_at}));
    return {};
}

namespace {

Result<std::optional<SessionRow>> one_session(Result<std::optional<Row>> found) {
    auto row = TRY(std::move(found));
    if (!row) return std::optional<SessionRow>();
    return std::optional(session_row(*row));
}

}  // namespace

Result<std::optional<SessionRow>> session_by_secret(Transaction& tx, const std::string& secret_hash) {
    static constexpr Statement sql{"auth.session.by_secret", R"(
        SELECT s.id, s.workspace_id, s.kind, s.device, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at,
               p.id AS person_id, p.name AS person_name, p.role, p.created_at AS person_created_at, p.version AS person_version,
               p.removed_at
        FROM sessions s JOIN people p ON p.id = s.person_id WHERE s.secret_hash = :secret_hash)"};
    return one_session(tx.row(sql, {secret_hash}));
}

Result<std::optional<SessionRow>> session_by_id(Transaction& tx, const SessionId& id) {
    static constexpr Statement sql{"auth.session.by_id", R"(
        SELECT s.id, s.workspace_id, s.kind, s.device, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at,
               p.id AS person_id, p.name AS person_name, p.role, p.created_at AS person_created_at, p.version AS person_version,
               p.removed_at
        FROM sessions s JOIN people p ON p.id = s.person_id WHERE s.id = :id)"};
    return one_session(tx.row(sql, {id}));
}

Result<std::vector<Session>> sessions_of(Transaction& tx, const PersonId& person, Time now, const std::string& before, int limit) {
    static constexpr Statement sql{"auth.session.list", R"(
        SELECT id, kind, device, created_at, last_seen_at, expires_at FROM sessions
        WHERE person_id = :person AND revoked_at IS NULL AND expires_at > :now AND id < :before ORDER BY id DESC LIMIT :limit)"};
    std::vector<Session> sessions;
    for (const auto& row : TRY(tx.rows(sql, {person, now, before, limit}))) sessions.push_back(session_in(row));
    return sessions;
}

Result<void> touch_session(Transaction& tx, const SessionId& id, Time last_seen_at, Time expires_at) {
    static constexpr Statement sql{
        "auth.session.touch",
        "UPDATE sessions SET last_seen_at = :last_seen_at, expires_at = :expires_at WHERE id = :id AND revoked_at IS NULL"};
    TRY(tx.execute(sql, {last_seen_at, expires_at, id}));
    return {};
}

Result<std::int64_t> revoke_session(Transaction& tx, const PersonId& person, const SessionId& id, Time now) {
    static constexpr Statement sql{"auth.session.revoke",
                                   "UPDATE sessions SET revoked_at = :now WHERE person_id = :person AND id = :id AND revoked_at IS NULL"};
    return tx.execute(sql, {now, person, id});
}

Result<std::int64_t> revoke_sessions_of(Transaction& tx, const PersonId& person, const std::optional<SessionId>& except, Time now) {
    static constexpr Statement sql{"auth.session.revoke_others", R"(
        UPDATE sessions SET revoked_at = :now
        WHERE person_id = :person AND id <> :except AND revoked_at IS NULL AND expires_at > :now)"};
    return tx.execute(sql, {now, person, except ? to_string(*except) : std::string()});
}

// --- tokens --------------------------------------------------------------------------------------------------------

Result<void> insert_token(Transaction& tx, const std::string& hash, const WorkspaceId& workspace, const TokenRow& token) {
    static constexpr Statement sql{"auth.token.insert", R"(
        INSERT INTO tokens (hash, workspace_id, session_id, kind, expires_at)
        VALUES (:hash, :workspace, :session, :kind, :expires_at))"};
    TRY(tx.execute(sql, {hash, workspace, token.session, text_of(token.kind), token.expires_at}));
    return {};
}

Result<std::optional<TokenRow>> find_token(Transaction& tx, const std::string& hash) {
    static constexpr Statement sql{"auth.token.find", "SELECT kind, session_id, expires_at, used_at FROM tokens WHERE hash = :hash"};
    auto row = TRY(tx.row(sql, {hash}));
    if (!row) return std::optional<TokenRow>();
    return std::optional(
        TokenRow{enum_in<TokenKind>(*row, "kind"), row->id<SessionId>("session_id"), row->time("expires_at"), row->time_if("used_at")});
}

Result<void> use_token(Transaction& tx, const std::string& hash, Time now) {
    static constexpr Statement sql{"auth.token.use", "UPDATE tokens SET used_at = :now WHERE hash = :hash"};
    TRY(tx.execute(sql, {now, hash}));
    return {};
}

// --- API keys ------------------------------------------------------------------------------------------------------

Result<void> insert_key(Transaction& tx, const KeyRow& row, const std::string& secret_hash) {
    static constexpr Statement sql{"auth.key.insert", R"(
        INSERT INTO api_keys (id, workspace_id, maker_id, made_by, name, scopes, secret_hash, created_at)
        VALUES (:id, :workspace, :maker, :made_by, :name, :scopes, :secret_hash, :now))"};
    TRY(tx.execute(sql, {row.key.id, row.workspace, row.maker, row.key.made_by, row.key.name, json::write(row.key.scopes), secret_hash,
                         row.key.created_at}));
    return {};
}

namespace {

Result<std::optional<KeyRow>> one_key(Result<std::optional<Row>> found) {
    auto row = TRY(std::move(found));
    if (!row) return std::optional<KeyRow>();
    return std::optional(TRY(key_row(*row)));
}

}  // namespace

Result<std::optional<KeyRow>> key_by_secret(Transaction& tx, const std::string& secret_hash) {
    static constexpr Statement sql{"auth.key.by_secret", R"(
        SELECT k.id, k.workspace_id, k.maker_id, k.made_by, k.name, k.scopes, k.created_at, k.last_used_at, k.revoked_at, p.role AS maker_role
        FROM api_keys k LEFT JOIN people p ON p.id = k.maker_id WHERE k.secret_hash = :secret_hash)"};
    return one_key(tx.row(sql, {secret_hash}));
}

Result<std::optional<KeyRow>> key_by_id(Transaction& tx, const KeyId& id) {
    static constexpr Statement sql{"auth.key.by_id", R"(
        SELECT k.id, k.workspace_id, k.maker_id, k.made_by, k.name, k.scopes, k.created_at, k.last_used_at, k.revoked_at, p.role AS maker_role
        FROM api_keys k LEFT JOIN people p ON p.id = k.maker_id WHERE k.id = :id)"};
    return one_key(tx.row(sql, {id}));
}

Result<std::vector<Key>> keys(Transaction& tx, const WorkspaceId& workspace, const std::optional<PersonId>& maker,
                              const std::string& before, int limit) {
    static constexpr Statement all{"auth.key.list", R"(
        SELECT id, name, scopes, made_by, created_at, last_used_at FROM api_keys
        WHERE workspace_id = :workspace AND revoked_at IS NULL AND id < :before ORDER BY id DESC LIMIT :limit)"};
    static constexpr Statement of_maker{"auth.key.list_of_maker", R"(
        SELECT id, name, scopes, made_by, created_at, last_used_at FROM api_keys
        WHERE workspace_id = :workspace AND maker_id = :maker AND revoked_at IS NULL AND id < :before ORDER BY id DESC LIMIT :limit)"};
    std::vector<Key> keys;
    auto rows = maker ? TRY(tx.rows(of_maker, {workspace, *maker, before, limit})) : TRY(tx.rows(all, {workspace, before, limit}));
    for (const auto& row : rows) keys.push_back(TRY(key_in(row)));
    return keys;
}

Result<std::int64_t> count_keys(Transaction& tx, const WorkspaceId& workspace) {
    static constexpr Statement sql{"auth.key.count",
                                   "SELECT count(*) AS keys FROM api_keys WHERE workspace_id = :workspace AND revoked_at IS NULL"};
    return TRY(tx.rows(sql, {workspace})).front().whole("keys");
}

Result<void> touch_key(Transaction& tx, const KeyId& id, Time last_used_at) {
    static constexpr Statement sql{"auth.key.touch", "UPDATE api_keys SET last_used_at = :last_used_at WHERE id = :id"};
    TRY(tx.execute(sql, {last_used_at, id}));
    return {};
}

Result<std::int64_t> revoke_key(Transaction& tx, const KeyId& id, Time now) {
    static constexpr Statement sql{"auth.key.revoke", "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL"};
    return tx.execute(sql, {now, id});
}

Result<std::int64_t> revoke_keys_of(Transaction& tx, const PersonId& maker, Time now) {
    static constexpr Statement sql{"auth.key.revoke_of",
                                   "UPDATE api_keys SET revoked_at = :now WHERE maker_id = :maker AND revoked_at IS NULL"};
    return tx.execute(sql, {now, maker});
}

// --- invites -------------------------------------------------------------------------------------------------------

Result<void> insert_invite(Transaction& tx, const InviteRow& row, const std::string& code_hash) {
    static constexpr Statement sql{"auth.invite.insert", R"(
        INSERT INTO invites (id, workspace_id, maker_id, made_by, role, code_hash, created_at, expires_at)
        VALUES (:id, :workspace, :maker, :made_by, :role, :code_hash, :now, :expires_at))"};
    TRY(tx.execute(sql, {row.invite.id, row.workspace, row.maker, row.invite.made_by, text_of(row.invite.role), code_hash,
                         row.invite.created_at, row.invite.expires_at}));
    return {};
}

Result<std::optional<InviteRow>> invite_by_code(Transaction& tx, const std::string& code_hash, Time now) {
    static constexpr Statement sql{"auth.invite.by_code", R"(
        SELECT id, workspace_id, maker_id, role, made_by, created_at, expires_at FROM invites
        WHERE code_hash = :code_hash AND used_at IS NULL AND revoked_at IS NULL AND expires_at > :now)"};
    auto row = TRY(tx.row(sql, {code_hash, now}));
    if (!row) return std::optional<InviteRow>();
    return std::optional(InviteRow{invite_in(*row), row->id<WorkspaceId>("workspace_id"), row->id_if<PersonId>("maker_id")});
}

Result<std::vector<Invite>> invites(Transaction& tx, const WorkspaceId& workspace, Time now, const std::string& before, int limit) {
    static constexpr Statement sql{"auth.invite.list", R"(
        SELECT id, role, made_by, created_at, expires_at FROM invites
        WHERE workspace_id = :workspace AND used_at IS NULL AND revoked_at IS NULL AND expires_at > :now AND id < :before
        ORDER BY id DESC LIMIT :limit)"};
    std::vector<Invite> invites;
    for (const auto& row : TRY(tx.rows(sql, {workspace, now, before, limit}))) invites.push_back(invite_in(row));
    return invites;
}

Result<void> use_invite(Transaction& tx, const InviteId& id, Time now) {
    static constexpr Statement sql{"auth.invite.use", "UPDATE invites SET used_at = :now WHERE id = :id"};
    TRY(tx.execute(sql, {now, id}));
    return {};
}

Result<std::int64_t> revoke_invite(Transaction& tx, const WorkspaceId& workspace, const InviteId& id, Time now) {
    static constexpr Statement sql{"auth.invite.revoke", R"(
        UPDATE invites SET revoked_at = :now
        WHERE workspace_id = :workspace AND id = :id AND used_at IS NULL AND revoked_at IS NULL)"};
    return tx.execute(sql, {now, workspace, id});
}

Result<std::int64_t> revoke_invites_of(Transaction& tx, const PersonId& maker, Time now) {
    static constexpr Statement sql{
        "auth.invite.revoke_of", "UPDATE invites SET revoked_at = :now WHERE maker_id = :maker AND used_at IS NULL AND revoked_at IS NULL"};
    return tx.execute(sql, {now, maker});
}

// -------------------------------------------------------------------------------------------------------------------

Result<void> purge(Transaction& tx, Time before) {
    static constexpr Statement tokens{"auth.purge.tokens", "DELETE FROM tokens WHERE expires_at < :before"};
    static constexpr Statement sessions{"auth.purge.sessions", "DELETE FROM sessions WHERE expires_at < :before OR revoked_at < :before"};
    static constexpr Statement invites{"auth.purge.invites", "DELETE FROM invites WHERE expires_at < :before"};
    TRY(tx.execute(tokens, {before}));
    TRY(tx.execute(sessions, {before}));  // their tokens go with them
    TRY(tx.execute(invites, {before}));
    return {};
}

}  // namespace vitrine::auth::rows
