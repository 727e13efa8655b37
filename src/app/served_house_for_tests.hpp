#pragma once
// For tests of this room: the whole house without models, served on a free port, with somebody of every kind to call it.

#include <gtest/gtest.h>

#include "app/house.hpp"
#include "app/https.hpp"
#include "app/routes.hpp"
#include "auth/guard.hpp"
#include "http/client.hpp"
#include "http/testing.hpp"

namespace vitrine::app {

// One way to call: a header, and what it may do.
struct CallerCase {
    std::string name;
    std::string header, value;
    std::function<bool(http::Right)> may;
    bool foreign = false;  // of another workspace: ids of ours are not found
    int refused = 403;     // when it may not

    std::string line() const { return header.empty() ? std::string() : header + ": " + value + "\r\n"; }
};

// A test changes `settings` in its constructor; they are served as `vitrine serve` would.
class ServedHouse : public ::testing::Test {
protected:
    static constexpr std::string_view password = "correct horse battery";
    static constexpr std::string_view nothing_s_id = "019a7b1c-2f00-7abc-8def-0123456789ab";

    ServedHouse() {
        log::set_level(log::Level::error);
        settings.data = std::filesystem::temp_directory_path() / ("vitrine-served-" + to_string(make_uuid_v7()));
        settings.listen = "127.0.0.1:0";
        settings.auth.requests_burst = 1'000'000, settings.auth.requests_per_second = 1'000'000;
        settings.auth.anonymous_burst = 1'000'000, settings.auth.anonymous_per_second = 1'000'000;
        settings.auth.sign_in_burst = 1000;
        settings.auth.password_memory_mib = 8, settings.auth.password_passes = 1;
    }

    void SetUp() override {
        auto opened = House::open_without_models(settings);
        ASSERT_TRUE(opened) << opened.error().message;
        house = std::move(*opened);
        auto started_https = Https::start(settings, house->clock, house->metrics);
        ASSERT_TRUE(started_https) << started_https.error().message;
        https = std::move(*started_https);
        door = std::make_unique<Door>(settings, https ? https->trust() : std::nullopt, https ? https->name() : std::string());
        auto options = settings.server_options();
        if (https) https->add_to(options);
        add_all_routes(router, *house, settings.data, *door);
        guard = std::make_unique<auth::AccountGuard>(*house->accounts, *house->database, house->clock, house->metrics, settings.auth,
                                                     settings.public_url);
        server = std::make_unique<http::Server>(options, router, *guard, house->metrics);
        server->websocket("/api/v1/events/socket", events_socket(*house));
        door->add_pages(*server);
        auto started = server->start();
        ASSERT_TRUE(started) << started.error().message;
        door->opened(server->address());
        local = auth::local_caller(house->workspace);
    }

    void TearDown() override {
        server.reset();
        https.reset();
        guard.reset();
        house.reset();
        std::filesystem::remove_all(settings.data);
    }

    // Somebody of each role, signed in as a program, in our workspace and in another; a key of each scope; a key that
    // was revoked, one that never was, and nobody.
    void add_callers() {
        add_people(local, "");
        auto workspace = house->accounts->create_workspace("other");
        ASSERT_TRUE(workspace);
        other = auth::local_caller(*workspace);
        add_people(other, "other ");
        for (const auto& scope_name : json::enum_names<auth::Scope>()) {
            auto scope = *json::enum_of<auth::Scope>(scope_name);
            auto key = house->accounts->make_key(local, "key " + scope_name, {scope});
            ASSERT_TRUE(key) << key.error().message;
            auto may = [scope](http::Right right) { return auth::allows(scope, right); };
            callers.push_back({"scope " + scope_name, "X-API-Key", key->secret, may});
        }
        auto gone = house->accounts->make_key(local, "gone", {auth::Scope::admin});
        ASSERT_TRUE(gone);
        ASSERT_TRUE(house->accounts->revoke_key(local, gone->key.id));
        auto open_only = [](http::Right right) { return right == http::Right::open; };
        callers.push_back({"revoked key", "X-API-Key", gone->secret, open_only, false, 401});
        callers.push_back({"wrong key", "X-API-Key", "vit_nonsense", open_only, false, 401});
        callers.push_back({"nobody", "", "", open_only, false, 401});
    }

    const CallerCase& caller(std::string_view name) const {
        return *std::ranges::find(callers, name, &CallerCase::name);  // of add_callers
    }
    auth::NewTokens tokens(const std::string& name, std::string_view with = password) {
        return house->accounts->make_tokens(name, std::string(with), {"127.0.0.1", "test"}).value();
    }
    CallerCase signed_in_anew(const CallerCase& who) {
        auto anew = who;
        anew.value = "Bearer " + tokens(who.name).access_token;
        return anew;
    }

    http::Sending sending(http::Method method, const std::string& path, const CallerCase& who, std::string body = {}) const {
        http::Sending sending{method, "http://" + server->address() + path, {}, {}, {}, {}};
        if (!who.header.empty()) sending.headers.set(who.header, who.value);
        if (!body.empty()) {
            sending.headers.set("Content-Type", "application/json");
            sending.body = std::move(body);
        }
        return sending;
    }
    int status(http::Method method, const std::string& path, const CallerCase& who, std::string body = {}) {
        auto answer = client.send(sending(method, path, who, std::move(body)));
        return answer ? answer->status : 0;
    }
    http::testing::RawClient connect() const { return http::testing::RawClient(server->address()); }

    Settings settings;
    std::unique_ptr<House> house;
    std::unique_ptr<Https> https;  // with settings.tls
    std::unique_ptr<Door> door;
    http::Router router;
    std::unique_ptr<auth::AccountGuard> guard;
    std::unique_ptr<http::Server> server;
    http::Caller local, other;
    std::vector<CallerCase> callers;
    http::Client client;

private:
    void add_people(const http::Caller& by, const std::string& prefix) {
        for (const auto& role_name : json::enum_names<auth::Role>()) {
            auto role = *json::enum_of<auth::Role>(role_name);
            auto name = prefix + role_name;
            ASSERT_TRUE(house->accounts->add_person(by, name, std::string(password), role)) << name;
            auto may = [role](http::Right right) { return auth::allows(role, right); };
            callers.push_back({name, "Authorization", "Bearer " + tokens(name).access_token, may, !prefix.empty()});
        }
    }
};

}  // namespace vitrine::app
