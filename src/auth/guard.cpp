#include "auth/guard.hpp"

#include "auth/browser.hpp"
#include "auth/buckets.hpp"
#include "auth/idempotency.hpp"

namespace vitrine::auth {
namespace {

enum class Way { none, key, token, cookie };

struct Credential {
    Way way = Way::none;
    std::string_view secret;
};

Credential credential_of(const http::Request& request) {
    if (request.headers.has("x-api-key")) return {Way::key, request.headers.get("x-api-key")};
    constexpr std::string_view bearer = "bearer ";
    if (auto header = request.headers.get("authorization"); header.size() > bearer.size()) {
        bool same = std::equal(bearer.begin(), bearer.end(), header.begin(),
                               [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
        if (same) return {Way::token, header.substr(bearer.size())};
    }
    if (auto secret = session_secret_in(request); !secret.empty()) return {Way::cookie, secret};
    return {};
}

Result<Identity> identify(Accounts& accounts, const Credential& credential) {
    switch (credential.way) {
        case Way::key:
            return accounts.identify_key(credential.secret);
        case Way::token:
            return accounts.identify_token(credential.secret);
        case Way::cookie:
            return accounts.identify_session(credential.secret);
        case Way::none:
            break;
    }
    return Error{Kind::denied, "auth.required", "Sign in first, or send an API key in the header X-API-Key."};
}

// A browser sends a cookie with whatever page asks for it, so an unsafe request must come from our own page. Without a
// cookie the Origin may be absent (a program), but a foreign page must not sign its visitor in as somebody else.
bool origin_is_right(const http::Request& request, const http::Route& route, Way way, std::string_view public_url) {
    bool unsafe = request.method != http::Method::get || route.websocket;
    if (!unsafe || way == Way::key || way == Way::token) return true;
    if (way == Way::none && !request.headers.has("origin")) return true;
    return from_our_page(request, public_url);
}

Error denied(const Identity& identity, Right right) {
    if (identity.key && !allows(Scope::admin, right))
        return {Kind::denied, "auth.denied",
                "API keys may not do this: it takes a person. Sign in, or use a token made with a name and password."};
    if (identity.key)
        return {Kind::denied, "auth.denied",
                fmt::format("This API key may not do this: it needs a scope with the right \"{}\".", json::enum_name(right))};
    return {Kind::denied, "auth.denied",
            fmt::format("Your role ({}) may not do this: it needs the right \"{}\". Ask an owner.", json::enum_name(*identity.role),
                        json::enum_name(right))};
}

}  // namespace

struct AccountGuard::Inside {
    Accounts& accounts;
    Metrics& metrics;
    const std::string public_url;
    Buckets callers, strangers;
    Idempotency idempotency;

    Result<void> admit(http::Request&, const http::Route&);
    Result<void> take(const http::Request&, const Result<Identity>&);
};

AccountGuard::AccountGuard(Accounts& accounts, store::Database& database, const Clock& clock, Metrics& metrics, const Settings& settings,
                           std::string public_url)
    : inside_(new Inside{accounts, metrics, std::move(public_url),
                         Buckets(clock, static_cast<double>(settings.requests_per_second), static_cast<double>(settings.requests_burst)),
                         Buckets(clock, static_cast<double>(settings.anonymous_per_second), static_cast<double>(settings.anonymous_burst)),
                         Idempotency(database, clock, settings)}) {}
AccountGuard::~AccountGuard() = default;

void AccountGuard::limit(const Settings& settings) {
    inside_->callers.limit(static_cast<double>(settings.requests_per_second), static_cast<double>(settings.requests_burst));
    inside_->strangers.limit(static_cast<double>(settings.anonymous_per_second), static_cast<double>(settings.anonymous_burst));
}

Result<void> AccountGuard::admit(http::Request& request, const http::Route& route) {
    auto admitted = inside_->admit(request, route);
    if (!admitted)
        inside_->metrics.counter("vitrine_auth_refused_total", "Requests that were not admitted", {{"code", admitted.error().code}})
            .Increment();
    return admitted;
}

Result<void> AccountGuard::Inside::admit(http::Request& request, const http::Route& route) {
    auto credential = credential_of(request);
    auto identity = identify(accounts, credential);
    TRY(take(request, identity));
    if (!origin_is_right(request, route, credential.way, public_url))
        return Error{
            Kind::denied, "auth.origin",
            "This request comes from another page. Open vitrine itself and try again; behind a proxy, check the setting public_url."};
    if (identity) request.caller = identity->caller;
    if (route.right == Right::open) return {};
    if (!identity) return identity.error();
    if (!identity->may(route.right)) return denied(*identity, route.right);
    return {};
}

Result<void> AccountGuard::Inside::take(const http::Request& request, const Result<Identity>& identity) {
    // Whose credential cannot be looked up now is told that the database is away, not to go slower like a stranger.
    if (!identity && identity.error().kind == Kind::unavailable) return {};
    std::optional<int> wait;
    if (!identity)
        wait = strangers.take(network_of(request.peer));
    else if (identity->caller.person)
        wait = callers.take(to_string(*identity->caller.person));
    else
        wait = callers.take(identity->caller.credential);
    if (!wait) return {};
    Error error{Kind::limit, "auth.rate", fmt::format("Too many requests. Wait {} seconds and go on slower.", *wait)};
    error.retry_after_seconds = *wait;
    return error;
}

Result<http::Response> AccountGuard::once(http::Request& request, const http::Route& route, const http::Handler& handler) {
    if (!route.idempotent || !request.caller || !request.headers.has("idempotency-key")) return handler(request);
    return inside_->idempotency.once(request, handler, std::string(request.headers.get("idempotency-key")));
}

}  // namespace vitrine::auth
