// Workspaces, people and invites; and what the other sources of Accounts share.
#include "auth/accounts.hpp"

#include "auth/accounts_inside.hpp"
#include "auth/idempotency.hpp"
#include "auth/secrets.hpp"
#include "auth_embedded.hpp"

namespace vitrine::auth {

using store::Transaction;

Accounts::Accounts(store::Database& database, const Audit& audit, const Clock& clock, const Settings& settings)
    : inside_(std::make_unique<Inside>(database, audit, clock, settings)) {}
Accounts::~Accounts() = default;

store::Migrations Accounts::migrations() {
    return {"auth", embedded_files()};
}

// --- workspaces ----------------------------------------------------------------------------------------------------

Result<WorkspaceId> Accounts::ensure_workspace() {
    if (auto found = TRY(inside_->database.read([](Transaction& tx) { return rows::default_workspace(tx); }))) return *found;
    return inside_->write_alone([&](Transaction& tx) -> Result<WorkspaceId> {
        if (auto found = TRY(rows::default_workspace(tx))) return *found;  // another process was quicker
        Workspace workspace{WorkspaceId::make(), "Home", inside_->clock.now()};
        TRY(rows::insert_workspace(tx, workspace, true));
        TRY(inside_->audit.write(tx, local_caller(workspace.id), "workspace.created", to_string(workspace.id)));
        return workspace.id;
    });
}

Result<WorkspaceId> Accounts::create_workspace(const std::string& name) {
    return inside_->write_alone([&](Transaction& tx) -> Result<WorkspaceId> {
        Workspace workspace{WorkspaceId::make(), name, inside_->clock.now()};
        TRY(rows::insert_workspace(tx, workspace, false));
        TRY(inside_->audit.write(tx, local_caller(workspace.id), "workspace.created", to_string(workspace.id)));
        return workspace.id;
    });
}

Result<Workspace> Accounts::find_workspace(const WorkspaceId& id) {
    return inside_->database.read([&](Transaction& tx) { return rows::find_workspace(tx, id); });
}

// --- people --------------------------------------------------------------------------------------------------------

Result<Person> Accounts::find_person(const WorkspaceId& workspace, const PersonId& id) {
    return inside_->database.read([&](Transaction& tx) -> Result<Person> { return TRY(rows::find_person(tx, workspace, id)).person; });
}

Result<std::vector<Person>> Accounts::people(const WorkspaceId& workspace, const PageOf& page) {
    auto before = TRY(begin_of(page));
    return inside_->database.read([&](Transaction& tx) { return rows::people(tx, workspace, before, page.limit); });
}

Result<Person> Accounts::add_person(const http::Caller& caller, const Name& name, const NewPassword& password, Role role) {
    auto clean = TRY(clean_name(name));
    auto hash = TRY(inside_->passwords.hash(password));
    return inside_->write_alone([&](Transaction& tx) -> Result<Person> {
        auto row = TRY(inside_->insert_person(tx, caller.workspace, clean, hash, role));
        TRY(inside_->audit.write(tx, caller, "person.added", to_string(row.person.id), json::Object{{"role", json::write(role)}}));
        return row.person;
    });
}

namespace {

// A workspace without an owner could never be given one again.
Result<void> keep_an_owner(Transaction& tx, const rows::PersonRow& leaving) {
    if (leaving.person.role == Role::owner && TRY(rows::count_owners(tx, leaving.workspace)) <= 1)
        return Error{Kind::conflict, "auth.last_owner", "This is the last owner. Make somebody else an owner first."};
    return {};
}

}  // namespace

Result<Person> Accounts::change_role(const http::Caller& caller, const PersonId& id, Role role, std::optional<std::int64_t> version) {
    return inside_->write_alone([&](Transaction& tx) -> Result<Person> {
        auto row = TRY(rows::find_person(tx, caller.workspace, id));
        if (version && *version != row.person.version)
            return Error{Kind::conflict, "person.changed",
                         "Somebody gave this person another role meanwhile; load them again and repeat your change."};
        if (row.person.role == role) return row.person;
        if (role != Role::owner) TRY(keep_an_owner(tx, row));
        TRY(rows::set_role(tx, id, role));
        // Else who is no owner any more could come back as one by an invite made before.
        if (!allows(role, Right::owner)) TRY(rows::revoke_invites_of(tx, id, inside_->clock.now()));
        TRY(inside_->audit.write(tx, caller, "person.role_changed", to_string(id),
                                 json::Object{{"from", json::write(row.person.role)}, {"to", json::write(role)}}));
        row.person.role = role;
        row.person.version += 1;
        return row.person;
    });
}

Result<void> Accounts::remove_person(const http::Caller& caller, const PersonId& id) {
    return inside_->write_alone([&](Transaction& tx) -> Result<void> {
        auto row = TRY(rows::find_person(tx, caller.workspace, id));
        TRY(keep_an_owner(tx, row));
        auto now = inside_->clock.now();
        TRY(rows::remove_person(tx, id, now));
        TRY(rows::revoke_sessions_of(tx, id, std::nullopt, now));
        TRY(rows::revoke_keys_of(tx, id, now));
        TRY(rows::revoke_invites_of(tx, id, now));
        return inside_->audit.write(tx, caller, "person.removed", to_string(id));
    });
}

Result<void> Accounts::reset_password(const http::Caller& caller, const std::string& name, const NewPassword& password) {
    auto hash = TRY(inside_->passwords.hash(password));
    return inside_->write_alone([&](Transaction& tx) -> Result<void> {
        auto row = TRY(rows::person_by_name(tx, name_key_of(name)));
        if (!row || row->workspace != caller.workspace)
            return Error{Kind::not_found, "auth.person_not_found", fmt::format("There is nobody named \"{}\" here.", name)};
        TRY(rows::set_password(tx, row->person.id, hash));
        TRY(rows::revoke_sessions_of(tx, row->person.id, std::nullopt, inside_->clock.now()));
        return inside_->audit.write(tx, caller, "person.password_reset", to_string(row->person.id));
    });
}

std::string Accounts::make_password() {
    return grouped(random_letters(20));
}

// --- invites -------------------------------------------------------------------------------------------------------

Result<NewInvite> Accounts::invite(const http::Caller& caller, Role role) {
    auto now = inside_->clock.now();
    NewInvite made{make_code(), {InviteId::make(), role, caller.name, now, now + std::chrono::days{inside_->settings.invite_days}}};
    return inside_->write_alone([&](Transaction& tx) -> Result<NewInvite> {
        TRY(rows::insert_invite(tx, {made.invite, caller.workspace, caller.person}, sha256_hex(made.code)));
        TRY(inside_->audit.write(tx, caller, "invite.made", to_string(made.invite.id), json::Object{{"role", json::write(role)}}));
        return made;
    });
}

Result<std::vector<Invite>> Accounts::invites(const WorkspaceId& workspace, const PageOf& page) {
    auto before = TRY(begin_of(page));
    return inside_->database.read([&](Transaction& tx) { return rows::invites(tx, workspace, inside_->clock.now(), before, page.limit); });
}

Result<void> Accounts::revoke_invite(const http::Caller& caller, const InviteId& id) {
    return inside_->write_alone([&](Transaction& tx) -> Result<void> {
        if (TRY(rows::revoke_invite(tx, caller.workspace, id, inside_->clock.now())) == 0)
            return Error{Kind::not_found, "auth.invite_not_found", "There is no open invite with this id."};
        return inside_->audit.write(tx, caller, "invite.revoked", to_string(id));
    });
}

Result<NewSession> Accounts::accept_invite(const std::string& code, const Name& name, const NewPassword& password, const Client& client) {
    auto code_hash = sha256_hex(typed_code(code));
    auto open_invite = [&](Transaction& tx) -> Result<rows::InviteRow> {
        auto found = TRY(rows::invite_by_code(tx, code_hash, inside_->clock.now()));
        if (!found) return Error{Kind::denied, "auth.invite", "This invite is not known, was used, or is too old. Ask for a new one."};
        return *found;
    };
    auto clean = TRY(clean_name(name));
    TRY(inside_->take_try(client, ""));
    TRY(inside_->database.read(open_invite));  // before the work of hashing
    auto hash = TRY(inside_->passwords.hash(password));
    auto joined = TRY(inside_->write_alone([&](Transaction& tx) -> Result<NewSession> {
        auto invite = TRY(open_invite(tx));
        auto row = TRY(inside_->insert_person(tx, invite.workspace, clean, hash, invite.invite.role));
        TRY(rows::use_invite(tx, invite.invite.id, inside_->clock.now()));
        auto session = TRY(inside_->begin_session(tx, row, client));
        TRY(inside_->audit.write(tx, caller_of(row, session.session.id), "invite.accepted", to_string(invite.invite.id)));
        return session;
    }));
    inside_->give_back_try(client, "");  // a whole family joins from one address
    return joined;
}

// -------------------------------------------------------------------------------------------------------------------

Result<std::vector<AuditRow>> Accounts::audit(const WorkspaceId& workspace, const PageOf& page, const std::optional<std::string>& subject) {
    auto before = TRY(begin_of(page));
    return inside_->database.read([&](Transaction& tx) { return inside_->audit.list(tx, workspace, before, subject, page.limit); });
}

Result<void> Accounts::purge() {
    TRY(Idempotency(inside_->database, inside_->clock, inside_->settings).purge());
    // A month after its end nobody asks what became of a session.
    return inside_->write_alone([&](Transaction& tx) { return rows::purge(tx, inside_->clock.now() - std::chrono::days{30}); });
}

// --- shared --------------------------------------------------------------------------------------------------------

Accounts::Inside::Inside(store::Database& database, const Audit& audit, const Clock& clock, const Settings& settings)
    : database(database),
      audit(audit),
      clock(clock),
      settings(settings),
      passwords(settings),
      tries(clock, 1.0 / static_cast<double>(settings.sign_in_seconds), static_cast<double>(settings.sign_in_burst)) {}

Result<void> Accounts::Inside::take_try(const Client& client, const std::string& name_key) {
    auto address = "address " + network_of(client.peer);
    auto wait = tries.take(address);
    if (!wait && !name_key.empty()) {
        wait = tries.take("name " + name_key);
        if (wait) tries.give_back(address);
    }
    if (!wait) return {};
    Error error{Kind::limit, "auth.rate", fmt::format("Too many tries to sign in. Wait {} seconds and try again.", *wait)};
    error.retry_after_seconds = *wait;
    return error;
}

void Accounts::Inside::give_back_try(const Client& client, const std::string& name_key) {
    tries.give_back("address " + network_of(client.peer));
    if (!name_key.empty()) tries.give_back("name " + name_key);
}

Result<NewSession> Accounts::Inside::begin_session(Transaction& tx, const rows::PersonRow& row, const Client& client) {
    auto now = clock.now();
    NewSession made{
        make_session_secret(), {SessionId::make(), SessionKind::browser, client.device, true, now, now, session_end(now)}, row.person};
    TRY(rows::insert_session(tx, row.workspace, row.person.id, made.session, sha256_hex(made.secret)));
    TRY(audit.write(tx, caller_of(row, made.session.id), "session.started", to_string(made.session.id),
                    json::Object{{"device", made.session.device}}));
    return made;
}

Result<rows::PersonRow> Accounts::Inside::insert_person(Transaction& tx, const WorkspaceId& workspace, const std::string& name,
                                                        const std::string& password_hash, Role role) {
    rows::PersonRow row{{PersonId::make(), name, role, clock.now()}, workspace, password_hash};
    auto done = rows::insert_person(tx, row, name_key_of(name));
    if (!done && done.error().kind == Kind::conflict)
        return Error{Kind::conflict, "auth.name_taken", fmt::format("The name \"{}\" is taken. Choose another.", name), "$.name"};
    TRY(std::move(done));
    return row;
}

Time Accounts::Inside::session_end(Time created_at) const {
    return std::min<Time>(clock.now() + std::chrono::days{settings.session_idle_days},
                          created_at + std::chrono::days{settings.session_days_max});
}

http::Caller caller_of(const rows::PersonRow& row, const SessionId& session) {
    return {row.workspace, row.person.id, row.person.name, to_string(session)};
}

Result<PersonId> person_of(const http::Caller& caller) {
    if (!caller.person) return Error{Kind::denied, "auth.denied", "Only a person who is signed in may do this."};
    return *caller.person;
}

Result<std::string> clean_name(const std::string& name) {
    Error bad{Kind::invalid, "auth.name", "A name needs at least one visible character and no line breaks.", "$.name"};
    auto begin = name.find_first_not_of(' ');
    if (begin == std::string::npos) return bad;
    auto clean = name.substr(begin, name.find_last_not_of(' ') - begin + 1);
    if (std::ranges::any_of(clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) return bad;
    auto key = name_key_of(clean);
    if (key == "local" || key.starts_with("key:"))
        return Error{Kind::invalid, "auth.name",
                     fmt::format("\"{}\" is how the audit log names callers who are no person. Choose another name.", clean), "$.name"};
    return clean;
}

std::string name_key_of(const std::string& name) {
    std::string key = name;
    for (char& c : key)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    key.erase(0, key.find_first_not_of(' '));
    key.erase(key.find_last_not_of(' ') + 1);
    return key;
}

Result<std::string> begin_of(const PageOf& page) {
    if (!page.before) return std::string(id_after_all);
    auto id = parse_uuid(*page.before);
    if (!id) return Error{Kind::invalid, "http.cursor", "This cursor is not one of ours. Leave it out to begin with the newest.", "cursor"};
    return to_string(*id);
}

}  // namespace vitrine::auth
