// Walks the route table: every route x {each role, another workspace's, each scope, a revoked and a wrong key, nobody}.
// What a route asks is written down here a second time: a route that is added without a line, or whose right is
// changed in one place alone, fails.

#include <fmt/format.h>

#include "app/served_house_for_tests.hpp"

namespace vitrine::app {
namespace {

using http::Right;
using http::Route;

struct Line {
    std::string_view operation;
    Right right;
    int open_status = 0;  // of an open route asked with an empty object, or nothing
};

constexpr Line table[] = {
    {"health", Right::open, 200},
    {"ready", Right::open, 503},  // this house has no models
    {"metrics", Right::open, 200},
    {"docs.page", Right::open, 200},
    {"docs.openapi", Right::open, 200},
    {"setup.state", Right::open, 200},
    {"setup.finish", Right::open, 422},
    {"auth.sign_in", Right::open, 422},
    {"auth.token", Right::open, 422},
    {"auth.refresh", Right::open, 422},
    {"invites.accept", Right::open, 422},
    {"auth.sign_out", Right::signed_in},
    {"me.find", Right::signed_in},
    {"me.change_password", Right::signed_in},
    {"me.sessions", Right::signed_in},
    {"me.revoke_session", Right::signed_in},
    {"me.revoke_other_sessions", Right::signed_in},
    {"keys.list", Right::signed_in},
    {"keys.make", Right::signed_in},
    {"keys.revoke", Right::signed_in},
    {"people.list", Right::admin},
    {"people.change_role", Right::owner},
    {"people.remove", Right::owner},
    {"invites.list", Right::owner},
    {"invites.make", Right::owner},
    {"invites.revoke", Right::owner},
    {"audit.list", Right::admin},
    {"catalog.words", Right::read},
    {"events.stream", Right::read},
    {"events.socket", Right::read},
    {"infer", Right::upload},
    {"reload", Right::owner},
    {"phone.find", Right::signed_in},
    {"phone.code", Right::signed_in},
    {"jobs.list", Right::read},
    {"jobs.find", Right::read},
    {"jobs.retry", Right::write},
    {"jobs.retry_all", Right::write},
    {"listings.list", Right::read},
    {"listings.markets", Right::read},
    {"listings.find", Right::read},
    {"listings.similar", Right::read},
    {"listings.similar_to", Right::read},
    {"listings.create", Right::upload},
    {"listings.add_photos", Right::upload},
    {"listings.create_by_hand", Right::write},
    {"listings.correct", Right::write},
    {"listings.duplicate", Right::write},
    {"listings.order_photos", Right::write},
    {"listings.remove_photo", Right::write},
    {"listings.reanalyze", Right::write},
    {"listings.redo", Right::write},
    {"listings.restore", Right::write},
    {"listings.trash", Right::write},
    {"listings.say_different", Right::write},
    {"listings.take_back_different", Right::write},
    {"listings.approve", Right::review},
    {"listings.reject", Right::review},
    {"photos.thumb", Right::read},
    {"photos.medium", Right::read},
    {"photos.full", Right::read},
    {"photos.original", Right::read},
};

const Line* line_of(const Route& route) {
    const auto* line = std::ranges::find(table, route.operation, &Line::operation);
    return line == std::end(table) ? nullptr : line;
}

// Streams and sockets have their own walk: their answer does not end.
bool stays_open(const Route& route) {
    return route.websocket || route.answer_type == "text/event-stream";
}

class RouteMatrix : public ServedHouse {
protected:
    void SetUp() override {
        ServedHouse::SetUp();
        add_callers();
        by_hand_ = to_string(house->listings->create_by_hand(local, {}).value().id);
    }

    // Things of our workspace, so that another's may be asked for them.
    void add_things() {
        auto made = house->listings->create(local, {{photo_, "photo.jpg", false}}, listing::Language::en, false).value();
        auto listing = house->listings->find(local, made.listing).value();
        ours_["/api/v1/listings/{id}"] = to_string(made.listing);
        ours_["/api/v1/photos/{id}"] = to_string(listing.photos.at(0).id);
        ours_["/api/v1/jobs/{id}"] = *made.job;
        ours_["/api/v1/people/{id}"] =
            to_string(house->accounts->add_person(local, {"spare"}, {std::string(password)}, auth::Role::viewer)->id);
        ours_["/api/v1/people/invites/{id}"] = to_string(house->accounts->invite(local, auth::Role::viewer)->invite.id);
        ours_["/api/v1/api-keys/{id}"] = to_string(house->accounts->make_key(local, {"spare"}, {auth::Scope::read})->key.id);
        ours_["/api/v1/me/sessions/{id}"] =
            to_string(house->accounts->sign_in("owner", std::string(password), {"127.0.0.1", "test"})->session.id);
        ours_["/photos/{photo}"] = ours_["/api/v1/photos/{id}"];
        ours_["/different/{other}"] = by_hand_;
    }

    // Without things of ours, a listing alone exists: the owner who walks would delete them all.
    std::string address(const Route& route) const {
        std::string path = route.path;
        for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
            auto close = path.find('}', open) + 1;
            std::string id(path.starts_with("/api/v1/listings/{id}") ? by_hand_ : std::string(nothing_s_id));
            for (const auto& [pattern, known] : ours_)
                if (path.substr(0, close).ends_with(pattern)) id = known;
            path.replace(open, close - open, id);
        }
        return path;
    }

    // An empty JSON object, a real photo or no body: past the guard it may fail in any way but 401, 403 and 5xx; 503 is
    // for what needs the models, which this house has not.
    Result<http::Answer> call(const Route& route, const CallerCase& who) {
        auto request = sending(route.method, address(route), who, route.body_kind == http::BodyKind::json ? "{}" : "");
        if (route.method == http::Method::patch) request.headers.set("If-Match", "*");
        if (route.body_kind == http::BodyKind::photos) request.form.push_back({"photo", {}, photo_, "photo.jpg"});
        return client.send(request);
    }

    std::string by_hand_;
    std::map<std::string, std::string> ours_;
    // Any sample photo.
    std::filesystem::path photo_ = std::filesystem::directory_iterator(std::filesystem::path(VITRINE_SOURCE) / "samples/photos")->path();
};

TEST_F(RouteMatrix, every_route_has_a_line_and_every_line_a_route) {
    for (const auto& route : router.routes()) {
        const auto* line = line_of(route);
        ASSERT_NE(line, nullptr) << route.operation << " has no line in this test's table: say what it asks of its caller";
        EXPECT_EQ(json::enum_name(line->right), json::enum_name(route.right)) << route.operation;
    }
    EXPECT_EQ(router.routes().size(), std::size(table)) << "a line of the table has lost its route";
}

TEST_F(RouteMatrix, every_route_lets_in_who_may_and_nobody_else) {
    for (const auto& route : router.routes()) {
        const auto* line = line_of(route);
        if (!line || line->right == Right::open || stays_open(route)) continue;
        for (const auto& who : callers) {
            SCOPED_TRACE(fmt::format("{} as {}", route.operation, who.name));
            bool may = who.may(line->right);
            // Signing out ends a sign-in, so it gets one of its own: the walk goes on with the other.
            auto answer = call(route, may && route.operation == "auth.sign_out" ? signed_in_anew(who) : who);
            ASSERT_TRUE(answer) << answer.error().message;
            if (!may) {
                EXPECT_EQ(answer->status, who.refused) << answer->body;
                continue;
            }
            EXPECT_NE(answer->status, 401) << answer->body;
            EXPECT_TRUE(answer->status < 500 || answer->status == 503) << answer->body;
            // Past the guard 403 is only for what no right covers: a key that asks for what only people have.
            if (answer->status == 403) {
                EXPECT_EQ(who.header, "X-API-Key") << answer->body;
            }
        }
    }
}

TEST_F(RouteMatrix, open_routes_answer_everybody_alike_a_bad_key_included) {
    for (const auto& route : router.routes()) {
        const auto* line = line_of(route);
        if (!line || line->right != Right::open) continue;
        for (const auto& who : callers) {
            SCOPED_TRACE(fmt::format("{} as {}", route.operation, who.name));
            auto answer = call(route, who);
            ASSERT_TRUE(answer) << answer.error().message;
            EXPECT_EQ(answer->status, line->open_status) << answer->body;
        }
    }
}

TEST_F(RouteMatrix, streams_and_sockets_open_for_who_may_and_nobody_else) {
    constexpr std::string_view upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    int walked = 0;
    for (const auto& route : router.routes()) {
        if (!stays_open(route)) continue;
        ++walked;
        for (const auto& who : callers) {
            SCOPED_TRACE(fmt::format("{} as {}", route.operation, who.name));
            auto socket = connect();
            socket.send(http::testing::get(route.path, who.line() + std::string(route.websocket ? upgrade : "")));
            auto head = socket.receive(true);
            EXPECT_EQ(head.status, who.may(route.right) ? (route.websocket ? 101 : 200) : who.refused) << head.head;
            if (head.status == 200) {
                EXPECT_EQ(head.header("content-type"), "text/event-stream");
            }
        }
    }
    EXPECT_EQ(walked, 2);
}

TEST_F(RouteMatrix, ids_of_another_workspace_are_not_found) {
    add_things();
    int walked = 0;
    for (const auto& route : router.routes()) {
        if (route.path.find("{id}") == std::string::npos || route.right == Right::open) continue;
        for (const auto& who : callers) {
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
    // The same ids are there for their own workspace, also after everybody else has tried to delete them.
    for (const auto* pattern : {"/api/v1/listings/{id}", "/api/v1/jobs/{id}"})
        EXPECT_EQ(
            status(http::Method::get, std::string(pattern).replace(std::string(pattern).find('{'), 4, ours_[pattern]), caller("owner")),
            200)
            << pattern;
    EXPECT_EQ(status(http::Method::get, "/api/v1/photos/" + ours_["/api/v1/photos/{id}"] + "/original", caller("owner")), 200);
    for (const auto* pattern : {"/api/v1/people/{id}", "/api/v1/people/invites/{id}", "/api/v1/api-keys/{id}"})
        EXPECT_EQ(
            status(http::Method::del, std::string(pattern).replace(std::string(pattern).find('{'), 4, ours_[pattern]), caller("owner")),
            204)
            << pattern;
    EXPECT_EQ(status(http::Method::del, "/api/v1/me/sessions/" + ours_["/api/v1/me/sessions/{id}"], caller("owner")), 204);
}

TEST_F(RouteMatrix, every_answer_carries_its_request_id_and_every_error_is_a_problem) {
    for (const auto& route : router.routes()) {
        if (stays_open(route)) continue;
        SCOPED_TRACE(route.operation);
        auto answer = call(route, caller("nobody"));
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_FALSE(answer->headers.get("x-request-id").empty());
        if (answer->status >= 400 && route.operation != "ready") {
            EXPECT_EQ(answer->headers.get("content-type"), "application/problem+json") << answer->body;
        }
    }
}

}  // namespace
}  // namespace vitrine::app
