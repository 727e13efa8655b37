#pragma once
// For tests, of this room and others: a house with a clock that is set, passwords that are cheap to hash, and requests
// that pass the guard as the server would make them.

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "auth/accounts.hpp"
#include "auth/guard.hpp"
#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "store/temporary.hpp"

namespace vitrine::auth {

// 10 characters at least; the same for everybody, because hashing is what costs.
inline constexpr std::string_view test_password = "correct horse";

// Throws when something is not as a test needs it before it begins.
template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().code + ": " + result.error().message);
    return std::move(result).value();
}

class World {
public:
    explicit World(Settings wanted = cheap()) : settings(wanted) { workspace = must(accounts.ensure_workspace()); }

    static Settings cheap() {
        Settings settings;
        settings.password_memory_mib = 8;
        settings.password_passes = 1;
        return settings;
    }

    Person person(const std::string& name, Role role) { return person_in(workspace, name, role); }
    Person person_in(const WorkspaceId& where, const std::string& name, Role role) {
        return must(accounts.add_person(local_caller(where), Name(name), NewPassword(std::string(test_password)), role));
    }
    NewSession signed_in(const std::string& name) { return must(accounts.sign_in(name, std::string(test_password), client)); }
    http::Caller caller(const std::string& name) { return must(accounts.identify_session(signed_in(name).secret)).caller; }

    Settings settings;
    Client client{"192.0.2.7", "Firefox on Linux"};
    ManualClock clock;
    Metrics metrics;
    store::TemporaryFolder data;
    store::TemporaryDatabase database{{Accounts::migrations()}};
    Audit audit{clock};
    Accounts accounts{*database, audit, clock, settings};
    AccountGuard guard{accounts, *database, clock, metrics, settings, "https://vitrine.example"};
    WorkspaceId workspace;
};

// A request of a client at http://127.0.0.1:8080, built up word by word.
class Asking {
public:
    Asking(http::Method method, std::string path) {
        request.method = method;
        request.path = std::move(path);
        request.peer = "192.0.2.7";
        request.request_id = "request-1";
        request.headers.set("host", "127.0.0.1:8080");
    }
    Asking& header(std::string_view name, std::string value) {
        request.headers.set(name, std::move(value));
        return *this;
    }
    Asking& cookie(const std::string& secret) { return header("cookie", "theme=dark; vitrine_session=" + secret); }
    Asking& from_page(const std::string& origin = "http://127.0.0.1:8080") { return header("origin", origin); }
    Asking& key(const std::string& secret) { return header("x-api-key", secret); }
    Asking& token(const std::string& secret) { return header("authorization", "Bearer " + secret); }
    Asking& body(std::string json) {
        request.body = std::move(json);
        return *this;
    }
    Asking& query(std::string name, std::string value) {
        request.query[std::move(name)] = std::move(value);
        return *this;
    }

    // Admits it to a route with this right; the error's code, or "" when it may pass.
    std::string admitted_to(World& world, Right right, bool websocket = false) {
        http::Route route;
        route.method = request.method;
        route.right = right;
        route.websocket = websocket;
        auto admitted = world.guard.admit(request, route);
        return admitted ? "" : admitted.error().code;
    }

    // Matches, admits and handles it, as the server does.
    http::Response send(World& world, const http::Router& router) {
        auto match = router.match(request.method, request.path);
        if (!match.route) throw std::runtime_error("no route for " + request.path);
        request.params = match.params;
        if (auto admitted = world.guard.admit(request, *match.route); !admitted) return http::problem(admitted.error(), request.request_id);
        auto response = world.guard.once(request, *match.route, match.route->handler);
        return response ? std::move(*response) : http::problem(response.error(), request.request_id);
    }

    http::Request request;
};

}  // namespace vitrine::auth
