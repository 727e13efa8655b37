// Walks the route table: every route x {owner, each role, another workspace's owner, each scope, a revoked key,
// nobody}. A new route is tested by being there.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/house.hpp"
#include "app/routes.hpp"
#include "auth/auth.hpp"
#include "auth/guard.hpp"
#include "http/client.hpp"

namespace vitrine::app {
namespace {

using http::Right;
using http::Route;

// One way to call: a header, and what the table says it may do.
struct CallerCase {
    std::string name;
    std::string header, value;
    std::function<bool(Right)> may;
    bool foreign = false;  // of another workspace: ids of ours are not found
    int refused = 403;     // when it may not
};

class RouteMatrix : public ::testing::Test {
protected:
    static constexpr std::string_view password = "correct horse battery";

    void SetUp() override {
        data_ = std::filesystem::temp_directory_path() / ("vitrine-matrix-" + to_string(make_uuid_v7()));
        settings_.data = data_;
        settings_.auth.requests_burst = 1'000'000, settings_.auth.requests_per_second = 1'000'000;
        settings_.auth.anonymous_burst = 1'000'000, settings_.auth.anonymous_per_second = 1'000'000;
        settings_.auth.sign_in_burst = 1000;
        settings_.auth.password_memory_mib = 8, settings_.auth.password_passes = 1;
        auto house = House::open_without_models(settings_);
        ASSERT_TRUE(house) << house.error().message;
        house_ = std::move(*house);
        add_all_routes(router_, *house_, data_);
        guard_ =
            std::make_unique<auth::AccountGuard>(*house_->accounts, *house_->database, house_->clock, house_->metrics, settings_.auth, "");
        server_ = std::make_unique<http::Server>(http::ServerOptions{"127.0.0.1:0", "", {}, data_ / "tmp", {}}, router_, *guard_,
                                                 house_->metrics);
        ASSERT_TRUE(server_->start());

        auto local = auth::local_caller(house_->workspace);
        auto listing = house_->listings->create_by_hand(local, {});
        ASSERT_TRUE(listing) << listing.error().message;
        listing_ = to_string(listing->id);
        add_people(local, "");
        auto other = house_->accounts->create_workspace("other");
        ASSERT_TRUE(other);
        add_people(auth::local_caller(*other), "other ");
    }

    void TearDown() override {
        server_.reset();
        guard_.reset();
        house_.reset();
        std::filesystem::remove_all(data_);
    }

    // Someone of each role, signed in as a program, and a key of each scope.
    void add_people(const http::Caller& local, const std::string& prefix) {
        bool foreign = !prefix.empty();
        for (const auto& role_name : json::enum_names<auth::Role>()) {
            auto role = *json::enum_of<auth::Role>(role_name);
            auto name = prefix + role_name;
            ASSERT_TRUE(house_->accounts->add_person(local, name, std::string(password), role)) << name;
            auto tokens = house_->accounts->make_tokens(name, std::string(password), {"127.0.0.1", "test"});
            ASSERT_TRUE(tokens) << tokens.error().message;
            callers_.push_back({name, "Authorization", "Bearer " + tokens->access_token,
                                [role](Right right) { return auth::allows(role, right); }, foreign});
        }
        if (foreign) return;
        for (const auto& scope_name : json::enum_names<auth::Scope>()) {
            auto scope = *json::enum_of<auth::Scope>(scope_name);
            auto key = house_->accounts->make_key(local, "key " + scope_name, {scope});
            ASSERT_TRUE(key) << key.error().message;
            callers_.push_back(
                {"scope " + scope_name, "X-API-Key", key->secret, [scope](Right right) { return auth::allows(scope, right); }});
        }
        auto gone = house_->accounts->make_key(local, "gone", {auth::Scope::admin});
        ASSERT_TRUE(gone);
        ASSERT_TRUE(house_->accounts->revoke_key(local, gone->key.id));
        auto nothing = [](Right) { return false; };
        callers_.push_back({"revoked key", "X-API-Key", gone->secret, nothing, false, 401});
        callers_.push_back({"wrong key", "X-API-Key", "vit_nonsense", nothing, false, 401});
        callers_.push_back({"nobody", "", "", nothing, false, 401});
    }

    // The route's address with ids that exist in our workspace where we have one, else an id of nothing.
    std::string address(const Route& route) const {
        std::string path = route.path;
        for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
            bool listing = path.starts_with("/api/v1/listings/") && path.substr(open, 4) == "{id}";
            path.replace(open, path.find('}', open) - open + 1, listing ? listing_ : "019a7b1c-2f00-7abc-8def-0123456789ab");
        }
        return "http://" + server_->address() + path;
    }

    // An empty JSON object, a real photo or no body: past the guard it may fail in any way but 401, 403 and 5xx; 503 is
    // for what needs the models, which this house has not.
    Result<http::Answer> call(const Route& route, const CallerCase& who) {
        http::Sending sending{route.method, address(route), {}, {}, {}, {}};
        if (!who.header.empty()) sending.headers.set(who.header, who.value);
        if (route.body_kind == http::BodyKind::json) {
            sending.headers.set("Content-Type", "application/json");
            sending.headers.set("If-Match", "*");
            sending.body = "{}";
        } else if (route.body_kind == http::BodyKind::photos) {
            sending.form.push_back({"photo", {}, photo_, "photo.jpg"});
        }
        return client_.send(sending);
    }

    std::filesystem::path data_;
    Settings settings_;
    std::unique_ptr<House> house_;
    http::Router router_;
    std::unique_ptr<auth::AccountGuard> guard_;
    std::unique_ptr<http::Server> server_;
    std::string listing_;
    std::vector<CallerCase> callers_;
    http::Client client_;
    // Any sample photo.
    std::filesystem::path photo_ = std::filesystem::directory_iterator(std::filesystem::path(VITRINE_SOURCE) / "samples/photos")->path();
};

// Streams and sockets stay open, so this walk leaves them out; tests/e2e opens both, signed in.
bool stays_open(const Route& route) {
    return route.websocket || route.answer_type == "text/event-stream";
}
// Ends the caller's own sign-in, and with it the rest of the walk.
bool ends_the_walk(const Route& route) {
    return route.operation == "auth.sign_out" || route.operation.starts_with("me.revoke") || route.operation == "me.change_password";
}

TEST_F(RouteMatrix, every_route_lets_in_who_may_and_nobody_else) {
    ASSERT_GT(router_.routes().size(), 40u);
    for (const auto& route : router_.routes()) {
        if (route.right == Right::open || stays_open(route) || ends_the_walk(route)) continue;
        for (const auto& who : callers_) {
            SCOPED_TRACE(fmt::format("{} as {}", route.operation, who.name));
            auto answer = call(route, who);
            ASSERT_TRUE(answer) << answer.error().message;
            if (!who.may(route.right)) {
                EXPECT_EQ(answer->status, who.refused) << answer->body;
                continue;
            }
            EXPECT_NE(answer->status, 401) << answer->body;
            EXPECT_TRUE(answer->status < 500 || answer->status == 503) << answer->body;
            // Past the guard 403 is only for what no right covers: a key that asks for what only people have.
            if (answer->status == 403) EXPECT_EQ(who.header, "X-API-Key") << answer->body;
        }
    }
}

TEST_F(RouteMatrix, ids_of_another_workspace_are_not_found) {
    int walked = 0;
    for (const auto& route : router_.routes()) {
        if (route.path.find("{id}") == std::string::npos || route.right == Right::open || stays_open(route)) continue;
        for (const auto& who : callers_) {
            if (!who.foreign || !who.may(route.right)) continue;
            SCOPED_TRACE(fmt::format("{} as {}", route.operation, who.name));
            auto answer = call(route, who);
            ASSERT_TRUE(answer) << answer.error().message;
            bool needs_more = answer->status == 422;  // a body that says nothing is refused before any row is read
            EXPECT_TRUE(answer->status == 404 || needs_more) << answer->status << " " << answer->body;
            ++walked;
        }
    }
    EXPECT_GT(walked, 20);
    // The same id is there for its own workspace.
    http::Sending sending{http::Method::get, "http://" + server_->address() + "/api/v1/listings/" + listing_, {}, {}, {}, {}};
    sending.headers.set(callers_.front().header, callers_.front().value);
    EXPECT_EQ(client_.send(sending)->status, 200);
}

TEST_F(RouteMatrix, every_answer_carries_its_request_id_and_every_error_is_a_problem) {
    for (const auto& route : router_.routes()) {
        if (stays_open(route)) continue;
        SCOPED_TRACE(route.operation);
        auto answer = call(route, {"nobody", "", "", {}});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_FALSE(answer->headers.get("x-request-id").empty());
        if (answer->status >= 400 && route.operation != "ready")
            EXPECT_EQ(answer->headers.get("content-type"), "application/problem+json") << answer->body;
    }
}

}  // namespace
}  // namespace vitrine::app
