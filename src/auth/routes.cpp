// The routes of this room: setup, auth, me, people, api-keys, audit.
#include "auth/accounts.hpp"
#include "auth/accounts_inside.hpp"
#include "auth/bodies.hpp"
#include "auth/browser.hpp"
#include "auth/device.hpp"

namespace vitrine::auth {
namespace {

using http::Method;
using http::Request;
using http::Response;
using http::Route;

// --- what several rows share ---------------------------------------------------------------------------------------

constexpr int page_max = 200;

Client client_of(const Request& request) {
    return {request.peer, device_of(request.headers.get("user-agent"))};
}

Result<PageOf> page_of(const Request& request) {
    PageOf page;
    page.before = request.query_if("cursor");
    if (auto text = request.query_if("limit")) {
        auto limit = json::read_text<Bounded<1, page_max>>(*text);
        if (!limit) return Error{Kind::invalid, "http.query", fmt::format("limit must be a whole number from 1 to {}.", page_max), "limit"};
        page.limit = static_cast<int>(limit->value);
    }
    return page;
}

std::vector<http::Parameter> page_parameters() {
    return {{"limit", "How many at most; 50 when left out.", json::schema<Bounded<1, page_max>>()},
            {"cursor", "`next` of the page before.", json::schema<std::string>()}};
}

// Asks for one more than fits, to know whether there is a next page.
template <class Answer, class List>
Result<Answer> page(const Request& request, List list) {
    auto wanted = TRY(page_of(request));
    auto limit = static_cast<std::size_t>(wanted.limit++);
    Answer answer{TRY(list(wanted)), std::nullopt};
    auto& items = boost::mp11::mp_first<boost::describe::describe_members<Answer, boost::describe::mod_public>>::pointer;
    auto& found = answer.*items;
    if (found.size() > limit) {
        found.resize(limit);
        answer.next = to_string(found.back().id);
    }
    return answer;
}

// A GET row of a list.
template <class Answer>
Route list(std::string path, Right right, std::string operation, std::string words, std::function<Result<Answer>(Request&)> handler) {
    auto route = http::get<Answer>(std::move(path), right, std::move(operation), std::move(words), std::move(handler));
    route.query = page_parameters();
    return route;
}

// A row that answers 204.
Route act(Method method, std::string path, Right right, std::string operation, std::string words,
          std::function<Result<void>(Request&)> handler) {
    Route route{method, std::move(path), right, std::move(operation), std::move(words)};
    route.status = 204;
    route.handler = [handler = std::move(handler)](Request& request) -> Result<Response> {
        TRY(handler(request));
        return Response::empty();
    };
    return route;
}

// A row whose answer carries a secret or makes a session. Its answers are never kept, so it takes no Idempotency-Key:
// doing it twice makes two, and the one that nobody holds can be revoked.
template <class Body, class Answer>
Route secret(std::string path, Right right, std::string operation, std::string words, int status,
             std::function<Result<Response>(Request&, Body)> handler) {
    Route route{Method::post, std::move(path), right, std::move(operation), std::move(words)};
    route.body_kind = http::BodyKind::json;
    route.body_schema = json::schema<Body>();
    route.answer_schema = json::schema<Answer>();
    route.status = status;
    route.handler = [handler = std::move(handler)](Request& request) -> Result<Response> {
        auto response = TRY(handler(request, TRY(json::read_text<Body>(request.body))));
        response.headers.set("cache-control", "no-store");
        return response;
    };
    return route;
}

Result<Me> me(Accounts& accounts, const http::Caller& caller) {
    auto person = TRY(accounts.find_person(caller.workspace, TRY(person_of(caller))));
    return Me{person, TRY(accounts.find_workspace(caller.workspace)), rights_of(person.role), caller.credential};
}

}  // namespace

void Accounts::add_routes(http::Router& router) {
    auto caller_of_new = [](const NewSession& made, const WorkspaceId& workspace) {
        return http::Caller{workspace, made.person.id, made.person.name, to_string(made.session.id)};
    };
    // The answer to everything that signs a browser in. Whoever was signed in there before no longer is.
    auto signed_in = [this, caller_of_new](Request& request, int status, const NewSession& made) -> Result<Response> {
        if (request.caller && request.caller->person && !session_secret_in(request).empty())
            if (auto before = SessionId::parse(request.caller->credential)) (void)revoke_session(*request.caller, *before);
        auto identity = TRY(identify_session(made.secret));
        auto response = Response::json(status, json::write(TRY(me(*this, caller_of_new(made, identity.caller.workspace)))));
        // The cookie may live as long as any session could; the server ends it sooner.
        response.headers.add("set-cookie",
                             session_cookie(made.secret, request.secure, std::chrono::days{inside_->settings.session_days_max}));
        return response;
    };

    // --- first run
    router.add(http::get<SetupState>("/api/v1/setup", Right::open, "setup.state", "Whether this house still needs its owner.",
                                     [this](Request&) -> Result<SetupState> { return SetupState{TRY(setup_needed())}; }));
    router.add(secret<SetUp, Me>("/api/v1/setup", Right::open, "setup.finish",
                                 "Makes the owner with the code from the terminal or the data folder, and signs them in.", 201,
                                 [this, signed_in](Request& request, SetUp body) -> Result<Response> {
                                     return signed_in(request, 201, TRY(set_up(body.code, body.name, body.password, client_of(request))));
                                 }));

    // --- signing in
    router.add(secret<SignIn, Me>("/api/v1/auth/sign-in", Right::open, "auth.sign_in", "Signs a browser in by a session cookie.", 200,
                                  [this, signed_in](Request& request, SignIn body) -> Result<Response> {
                                      return signed_in(request, 200, TRY(sign_in(body.name, body.password, client_of(request))));
                                  }));
    {
        auto route =
            act(Method::post, "/api/v1/auth/sign-out", Right::signed_in, "auth.sign_out", "Ends the session or token that asks.", {});
        route.handler = [this](Request& request) -> Result<Response> {
            TRY(revoke_session(request.who(), TRY(SessionId::parse(request.who().credential))));
            auto response = Response::empty();
            response.headers.add("set-cookie", cleared_cookie(request.secure));
            return response;
        };
        router.add(std::move(route));
    }
    auto tokens = [](NewTokens made) {
        return Response::json(200, json::write(Tokens{made.access_token, "Bearer", made.expires_in, made.refresh_token, made.person}));
    };
    router.add(secret<TokenRequest, Tokens>("/api/v1/auth/token", Right::open, "auth.token",
                                            "Signs a program in: a short access token, and a refresh token that is good once.", 200,
                                            [this, tokens](Request& request, TokenRequest body) -> Result<Response> {
                                                auto client = client_of(request);
                                                if (body.device) client.device = body.device->value;
                                                return tokens(TRY(make_tokens(body.name, body.password, client)));
                                            }));
    router.add(secret<Refresh, Tokens>(
        "/api/v1/auth/refresh", Right::open, "auth.refresh", "New tokens for a refresh token. Using one twice ends the sign-in.", 200,
        [this, tokens](Request&, Refresh body) -> Result<Response> { return tokens(TRY(refresh(body.refresh_token))); }));

    // --- me
    router.add(http::get<Me>("/api/v1/me", Right::signed_in, "me.find", "Who is signed in, where, and what they may do.",
                             [this](Request& request) { return me(*this, request.who()); }));
    {
        auto route =
            http::with_body<ChangePassword, SetupState>(Method::post, "/api/v1/me/password", Right::signed_in, "me.change_password",
                                                        "A new password. Signs the person out everywhere else.", {}, 204);
        route.idempotent = false;
        route.answer_schema = nullptr;
        route.handler = [this](Request& request) -> Result<Response> {
            auto body = TRY(json::read_text<ChangePassword>(request.body));
            TRY(change_password(request.who(), body.current, body.password, client_of(request)));
            return Response::empty();
        };
        router.add(std::move(route));
    }
    router.add(list<Sessions>(
        "/api/v1/me/sessions", Right::signed_in, "me.sessions", "Where the person is signed in, newest first.",
        [this](Request& request) { return page<Sessions>(request, [&](const PageOf& page) { return sessions(request.who(), page); }); }));
    router.add(act(Method::del, "/api/v1/me/sessions/{id}", Right::signed_in, "me.revoke_session", "Signs the person out there.",
                   [this](Request& request) -> Result<void> { return revoke_session(request.who(), TRY(request.id<SessionId>("id"))); }));
    {
        Route route{Method::post, "/api/v1/me/sessions/revoke-others", Right::signed_in, "me.revoke_other_sessions",
                    "Signs the person out everywhere but here."};
        route.answer_schema = json::schema<Revoked>();
        route.idempotent = true;
        route.handler = [this](Request& request) -> Result<Response> {
            return Response::json(200, json::write(Revoked{TRY(revoke_other_sessions(request.who()))}));
        };
        router.add(std::move(route));
    }

    // --- people and invites: an owner's, in person
    router.add(
        list<People>("/api/v1/people", Right::admin, "people.list", "The people of the workspace, newest first.", [this](Request& request) {
            return page<People>(request, [&](const PageOf& page) { return people(request.who().workspace, page); });
        }));
    {
        Route route{Method::patch, "/api/v1/people/{id}", Right::owner, "people.change_role",
                    "Gives a person another role. The last owner stays one."};
        route.body_kind = http::BodyKind::json;
        route.body_schema = json::schema<ChangeRole>();
        route.answer_schema = json::schema<Person>();
        route.if_match = true;
        route.handler = [this](Request& request) -> Result<Response> {
            auto version = TRY(http::if_match(request));
            auto body = TRY(json::read_text<ChangeRole>(request.body));
            auto person = TRY(change_role(request.who(), TRY(request.id<PersonId>("id")), body.role, version));
            auto response = Response::json(200, json::write(person));
            response.headers.set("etag", http::etag_of(person.version));
            return response;
        };
        router.add(std::move(route));
    }
    router.add(act(Method::del, "/api/v1/people/{id}", Right::owner, "people.remove",
                   "Removes a person: signed out everywhere, keys and invites revoked; what they made stays.",
                   [this](Request& request) -> Result<void> { return remove_person(request.who(), TRY(request.id<PersonId>("id"))); }));
    router.add(secret<InviteRequest, InviteMade>(
        "/api/v1/people/invites", Right::owner, "invites.make", "A link for one person to join with this role. It is shown once.", 201,
        [this](Request& request, InviteRequest body) -> Result<Response> {
            auto made = TRY(invite(request.who(), body.role));
            // After the # it is sent to no server and stands in no log.
            return Response::json(201, json::write(InviteMade{made.invite, made.code, address_of(request) + "/invite#" + made.code}));
        }));
    router.add(list<Invites>("/api/v1/people/invites", Right::owner, "invites.list", "Invites that are still open, newest first.",
                             [this](Request& request) {
                                 return page<Invites>(request, [&](const PageOf& page) { return invites(request.who().workspace, page); });
                             }));
    router.add(act(Method::del, "/api/v1/people/invites/{id}", Right::owner, "invites.revoke", "Makes an open invite worthless.",
                   [this](Request& request) -> Result<void> { return revoke_invite(request.who(), TRY(request.id<InviteId>("id"))); }));
    router.add(secret<AcceptInvite, Me>(
        "/api/v1/invites/accept", Right::open, "invites.accept", "Joins the workspace of an invite, and signs the new person in.", 201,
        [this, signed_in](Request& request, AcceptInvite body) -> Result<Response> {
            return signed_in(request, 201, TRY(accept_invite(body.code, body.name, body.password, client_of(request))));
        }));

    // --- API keys
    router.add(secret<KeyRequest, KeyMade>("/api/v1/api-keys", Right::signed_in, "keys.make",
                                           "A key for a program. It does at most what its maker may do, and is shown once.", 201,
                                           [this](Request& request, KeyRequest body) -> Result<Response> {
                                               auto made = TRY(make_key(request.who(), body.name, body.scopes));
                                               return Response::json(201, json::write(KeyMade{made.key, made.secret}));
                                           }));
    router.add(list<Keys>(
        "/api/v1/api-keys", Right::signed_in, "keys.list", "The caller's keys; an owner sees everybody's. Newest first.",
        [this](Request& request) { return page<Keys>(request, [&](const PageOf& page) { return keys(request.who(), page); }); }));
    router.add(act(Method::del, "/api/v1/api-keys/{id}", Right::signed_in, "keys.revoke", "Makes a key worthless at once.",
                   [this](Request& request) -> Result<void> { return revoke_key(request.who(), TRY(request.id<KeyId>("id"))); }));

    // --- audit
    {
        auto route = list<AuditRows>(
            "/api/v1/audit", Right::admin, "audit.list", "Who did what to which thing, newest first.", [this](Request& request) {
                return page<AuditRows>(
                    request, [&](const PageOf& page) { return audit(request.who().workspace, page, request.query_if("subject")); });
            });
        route.query.push_back({"subject", "Only what happened to the thing with this id.", json::schema<std::string>()});
        router.add(std::move(route));
    }
}

}  // namespace vitrine::auth
