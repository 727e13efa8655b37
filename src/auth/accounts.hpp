#pragma once
// The door of the room: workspaces, people, where they are signed in, their keys and invites.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.hpp"
#include "auth/auth.hpp"
#include "auth/settings.hpp"
#include "core/clock.hpp"
#include "http/message.hpp"
#include "http/route.hpp"
#include "store/database.hpp"

namespace vitrine::auth {

// Where a request comes from, as far as signing in cares.
struct Client {
    std::string peer;    // address, for the limits
    std::string device;  // what the list of sessions calls it: device_of(User-Agent), or what a program says of itself
};

struct NewSession {
    std::string secret;  // for the cookie; kept only as its hash
    Session session;
    Person person;
};

struct NewTokens {
    std::string access_token;     // vat_..., for "Authorization: Bearer"
    std::string refresh_token;    // vrt_..., good once
    std::int64_t expires_in = 0;  // seconds of the access token
    Person person;
};

struct NewKey {
    std::string secret;  // vit_..., shown once
    Key key;
};

struct NewInvite {
    std::string code;  // shown once
    Invite invite;
};

// What a credential turned out to be.
struct Identity {
    http::Caller caller;
    std::optional<Role> role;   // of the person, or of the key's maker; absent for a key that `local` made
    std::vector<Scope> scopes;  // of a key
    bool key = false;           // else a person
    bool may(Right) const;
};

struct PageOf {
    int limit = 50;
    std::optional<std::string> before;  // the id that the page before ended with
};

// Any thread. Every verb is one transaction with its audit row. Ids of another workspace are not found.
// Errors of all: those of store. Of those that check a password: auth.busy (limit) when too many wait already.
class Accounts {
public:
    // Everything outlives the Accounts.
    Accounts(store::Database&, const Audit&, const Clock&, const Settings&);
    ~Accounts();

    // --- workspaces
    // The default workspace, made at the first start: it exists before its owner, so that samples have a home.
    Result<WorkspaceId> ensure_workspace();
    Result<WorkspaceId> create_workspace(const std::string& name);
    // Errors: auth.workspace_not_found.
    Result<Workspace> find_workspace(const WorkspaceId&);

    // --- first run
    // Call at every start. While the default workspace has no owner: makes a new 128-bit code, writes it to
    // DATA/setup-code (0600) and returns it for the terminal (never log it). Else removes that file and returns none.
    // Errors: auth.setup_file.
    Result<std::optional<std::string>> open_setup(const std::filesystem::path& data);
    Result<bool> setup_needed();
    // The owner and their first session. Errors: auth.setup_done, auth.setup_code (wrong; after five, no code works
    // until the next start).
    Result<NewSession> set_up(const std::string& code, const Name&, const NewPassword&, const Client&);

    // --- signing in
    // Errors: auth.wrong_password (the name or the password, and it takes as long to say so for a name nobody has),
    // auth.rate (too many tries of this address or name), auth.busy.
    Result<NewSession> sign_in(const std::string& name, const std::string& password, const Client&);
    Result<NewTokens> make_tokens(const std::string& name, const std::string& password, const Client&);
    // Each refresh token is good once. Using one again revokes the whole sign-in, because either the user or a thief
    // has a copy. Errors: auth.bad_token (unknown), auth.expired, auth.revoked (also when used before).
    Result<NewTokens> refresh(const std::string& refresh_token);
    Result<std::vector<Session>> sessions(const http::Caller&, const PageOf&);
    // One of the caller's own. Errors: auth.session_not_found.
    Result<void> revoke_session(const http::Caller&, const SessionId&);
    // How many there were.
    Result<std::int64_t> revoke_other_sessions(const http::Caller&);
    // Revokes the caller's other sessions. Errors: auth.wrong_password, auth.rate, auth.busy.
    Result<void> change_password(const http::Caller&, const std::string& current, const NewPassword&, const Client&);

    // --- people
    Result<Person> find_person(const WorkspaceId&, const PersonId&);
    Result<std::vector<Person>> people(const WorkspaceId&, const PageOf&);
    // By the command line, and by tests. Errors: auth.name (empty, or one that audit rows use), auth.name_taken.
    Result<Person> add_person(const http::Caller&, const Name&, const NewPassword&, Role);
    // Who is no owner any more loses the invites they made. Errors: auth.person_not_found, auth.last_owner, and
    // person.changed when `version` is not the person's any more.
    Result<Person> change_role(const http::Caller&, const PersonId&, Role, std::optional<std::int64_t> version = {});
    // Signs them out everywhere and revokes their keys and invites; what they made stays. Errors: as change_role.
    Result<void> remove_person(const http::Caller&, const PersonId&);
    // For `vitrine people reset-password NAME`; signs the person out everywhere. Errors: auth.person_not_found.
    Result<void> reset_password(const http::Caller&, const std::string& name, const NewPassword&);
    // A password to hand out: 100 random bits in letters and digits that are not mistaken for each other.
    static std::string make_password();

    // --- invites
    Result<NewInvite> invite(const http::Caller&, Role);
    Result<std::vector<Invite>> invites(const WorkspaceId&, const PageOf&);
    // Errors: auth.invite_not_found.
    Result<void> revoke_invite(const http::Caller&, const InviteId&);
    // Errors: auth.invite (no such code, used, revoked or too old), auth.name_taken, auth.rate, auth.busy.
    Result<NewSession> accept_invite(const std::string& code, const Name&, const NewPassword&, const Client&);

    // --- API keys
    // A key does at most what its maker may do today, and goes with its maker. Made by `local`, its scopes are all.
    // Errors: auth.scope (the maker may not do that), auth.keys_max.
    Result<NewKey> make_key(const http::Caller&, const Name&, const std::vector<Scope>&);
    // The caller's own; all of the workspace when the caller has Right::admin.
    Result<std::vector<Key>> keys(const http::Caller&, const PageOf&);
    // Own keys, or any when the caller has Right::admin. Errors: auth.key_not_found.
    Result<void> revoke_key(const http::Caller&, const KeyId&);

    // --- credentials
    // Errors: auth.required (an unknown session), auth.unknown_key, auth.bad_token, auth.expired, auth.revoked (also
    // when its person is gone). Notes the use, at most once a minute.
    Result<Identity> identify_session(std::string_view secret);
    Result<Identity> identify_key(std::string_view secret);
    Result<Identity> identify_token(std::string_view secret);
    // For connections that outlive their request (events, WebSocket): asks again whether the caller still has the
    // right. `local` has every right. Errors: as identify, and auth.denied.
    Result<void> check(const http::Caller&, Right);

    // --- audit
    // Newest first; only of this subject when one is named.
    Result<std::vector<AuditRow>> audit(const WorkspaceId&, const PageOf&, const std::optional<std::string>& subject);

    // Deletes what ended long ago: sessions, tokens and invites after a month, idempotency marks after their hours. The
    // app calls it once an hour.
    Result<void> purge();

    // Routes setup, auth, me, people, api-keys, audit.
    void add_routes(http::Router&);
    static store::Migrations migrations();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::auth
