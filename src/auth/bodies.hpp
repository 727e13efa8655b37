#pragma once
// What the routes of this room take and answer: the shapes from which JSON and the schema both come.

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/audit.hpp"
#include "auth/auth.hpp"

namespace vitrine::auth {

using Code = Text<1, 80>;
using Password = Text<1, 200>;

struct SetupState {
    bool needed = false;
};
BOOST_DESCRIBE_STRUCT(SetupState, (), (needed))

struct SetUp {
    Code code;
    Name name;
    NewPassword password;
};
BOOST_DESCRIBE_STRUCT(SetUp, (), (code, name, password))

struct SignIn {
    Name name;
    Password password;
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (name, password))

struct TokenRequest {
    Name name;
    Password password;
    std::optional<Text<1, 60>> device;
};
BOOST_DESCRIBE_STRUCT(TokenRequest, (), (name, password, device))

struct Refresh {
    Text<1, 200> refresh_token;
};
BOOST_DESCRIBE_STRUCT(Refresh, (), (refresh_token))

struct Tokens {
    std::string access_token;
    std::string token_type = "Bearer";
    std::int64_t expires_in = 0;
    std::string refresh_token;
    Person person;
};
BOOST_DESCRIBE_STRUCT(Tokens, (), (access_token, token_type, expires_in, refresh_token, person))

struct Me {
    Person person;
    Workspace workspace;
    std::vector<Right> rights;
    std::string session;
};
BOOST_DESCRIBE_STRUCT(Me, (), (person, workspace, rights, session))

struct ChangePassword {
    Password current;
    NewPassword password;
};
BOOST_DESCRIBE_STRUCT(ChangePassword, (), (current, password))

struct Revoked {
    std::int64_t sessions = 0;
};
BOOST_DESCRIBE_STRUCT(Revoked, (), (sessions))

struct ChangeRole {
    Role role = Role::viewer;
};
BOOST_DESCRIBE_STRUCT(ChangeRole, (), (role))

struct InviteRequest {
    Role role = Role::viewer;
};
BOOST_DESCRIBE_STRUCT(InviteRequest, (), (role))

struct InviteMade {
    Invite invite;
    std::string code;
    std::string link;
};
BOOST_DESCRIBE_STRUCT(InviteMade, (), (invite, code, link))

struct AcceptInvite {
    Code code;
    Name name;
    NewPassword password;
};
BOOST_DESCRIBE_STRUCT(AcceptInvite, (), (code, name, password))

struct KeyRequest {
    Name name;
    std::vector<Scope> scopes;
};
BOOST_DESCRIBE_STRUCT(KeyRequest, (), (name, scopes))

struct KeyMade {
    Key key;
    std::string secret;
};
BOOST_DESCRIBE_STRUCT(KeyMade, (), (key, secret))

// A page of a list: `next` is the cursor of the page after, absent on the last.
struct Sessions {
    std::vector<Session> sessions;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(Sessions, (), (sessions, next))
struct People {
    std::vector<Person> people;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(People, (), (people, next))
struct Invites {
    std::vector<Invite> invites;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(Invites, (), (invites, next))
struct Keys {
    std::vector<Key> keys;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(Keys, (), (keys, next))
struct AuditRows {
    std::vector<AuditRow> rows;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(AuditRows, (), (rows, next))

}  // namespace vitrine::auth
