#pragma once
// Who may do what: roles, the scopes of keys, and one table that says which rights each has. Values and pure rules only.

#include <boost/describe.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bounds.hpp"
#include "core/clock.hpp"
#include "core/id.hpp"
#include "http/message.hpp"
#include "http/route.hpp"

namespace vitrine::auth {

using http::Right;

// Greater than every id: where a list that is newest first begins.
inline constexpr std::string_view id_after_all = "ffffffff-ffff-ffff-ffff-ffffffffffff";

using SessionId = Id<struct SessionTag>;
using KeyId = Id<struct KeyTag>;
using InviteId = Id<struct InviteTag>;
using AuditId = Id<struct AuditTag>;

// What a person is in a workspace.
//             signed_in  read  upload  write  review  admin  owner
//   viewer        x       x
//   lister        x       x      x       x
//   reviewer      x       x      x       x      x
//   owner         x       x      x       x      x       x      x
enum class Role { owner, reviewer, lister, viewer };
BOOST_DESCRIBE_ENUM(Role, owner, reviewer, lister, viewer)

// What an API key is for.
//             signed_in  read  upload  write  review  admin  owner
//   upload                       x
//   read                  x
//   write                 x      x       x
//   admin                 x      x       x              x
// No key reviews and no key owns, whatever its scopes: approving is how a person acts (DESIGN.md, principle 2), and a
// key that could invite people or make keys would outlive its own revocation. A program that acts for a person takes a
// token with that person's name and password.
enum class Scope { upload, read, write, admin };
BOOST_DESCRIBE_ENUM(Scope, upload, read, write, admin)

bool allows(Role, Right);
bool allows(Scope, Right);
bool allows(std::span<const Scope>, Right);
// All rights of a role, for a page that hides what a person cannot do.
std::vector<Right> rights_of(Role);

// The actor of the command line on its own data folder. It is no person: whoever may open the folder (0700) has it.
http::Caller local_caller(const WorkspaceId&);

using Name = Text<1, 80>;
// At least ten characters and nothing else asked for: length is what counts (NIST SP 800-63B).
using NewPassword = Text<10, 200>;

struct Workspace {
    WorkspaceId id;
    std::string name;
    Time created_at;
};
BOOST_DESCRIBE_STRUCT(Workspace, (), (id, name, created_at))

struct Person {
    PersonId id;
    std::string name;  // what they sign in with; one person a name, in any workspace, without regard to ASCII case
    Role role = Role::viewer;
    Time created_at;
    std::int64_t version = 1;  // moves on with every change of the role
};
BOOST_DESCRIBE_STRUCT(Person, (), (id, name, role, created_at, version))

// browser: a cookie. program: an access token with its refresh tokens.
enum class SessionKind { browser, program };
BOOST_DESCRIBE_ENUM(SessionKind, browser, program)

// A place where a person is signed in.
struct Session {
    SessionId id;
    SessionKind kind = SessionKind::browser;
    std::string device;    // "Firefox on Linux"
    bool current = false;  // the one that asks
    Time created_at, last_seen_at, expires_at;
};
BOOST_DESCRIBE_STRUCT(Session, (), (id, kind, device, current, created_at, last_seen_at, expires_at))

struct Key {
    KeyId id;
    std::string name;  // "phone"
    std::vector<Scope> scopes;
    std::string made_by;
    Time created_at;
    std::optional<Time> last_used_at;  // to the minute
};
BOOST_DESCRIBE_STRUCT(Key, (), (id, name, scopes, made_by, created_at, last_used_at))

struct Invite {
    InviteId id;
    Role role = Role::viewer;
    std::string made_by;
    Time created_at, expires_at;
};
BOOST_DESCRIBE_STRUCT(Invite, (), (id, role, made_by, created_at, expires_at))

}  // namespace vitrine::auth
