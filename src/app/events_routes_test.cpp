// Streams and sockets, over the wire: whose events they carry, and when they end.

#include <fmt/format.h>

#include "app/served_house_for_tests.hpp"

namespace vitrine::app {
namespace {

using http::testing::get;
using http::testing::RawClient;

struct EventsRoutes : ServedHouse {
    static constexpr std::string_view stream = "/api/v1/events", socket = "/api/v1/events/socket";
    static constexpr std::string_view upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    std::string add_listing(const http::Caller& who) { return to_string(house->listings->create_by_hand(who, {}).value().id); }
};

TEST_F(EventsRoutes, nobody_hears_of_another_workspace) {
    add_callers();
    for (auto path : {stream, socket}) {
        SCOPED_TRACE(path);
        auto listener = connect();
        // From the first event on: without it, those before the listener is there are left out.
        listener.send(get(fmt::format("{}?after=0", path), caller("other owner").line() + std::string(path == socket ? upgrade : "")));
        ASSERT_LT(listener.receive(true).status, 300);
        auto ours = add_listing(local), theirs = add_listing(other);
        auto heard = listener.read_until(theirs);
        EXPECT_NE(heard, "") << "their own event came";
        EXPECT_EQ(heard.find(ours), std::string::npos) << "ours came too";
    }
}

TEST_F(EventsRoutes, a_revoked_key_hears_nothing_more_and_is_hung_up_on) {
    auto key = house->accounts->make_key(local, {"listener"}, {auth::Scope::read}).value();
    auto listener = connect();
    listener.send(get(stream, "X-API-Key: " + key.secret + "\r\n"));
    ASSERT_EQ(listener.receive(true).status, 200);
    ASSERT_TRUE(house->accounts->revoke_key(local, key.key.id));
    auto after = add_listing(local);
    EXPECT_EQ(listener.read_until(after), "");  // the connection ended first
}

// Sockets are told together, and what one round reads is read once: none may get what another one stands at or may see.
TEST_F(EventsRoutes, sockets_that_are_told_together_each_hear_what_is_new_to_them_in_order) {
    auto kept = house->accounts->make_key(local, {"kept"}, {auth::Scope::read}).value();
    auto revoked = house->accounts->make_key(local, {"revoked"}, {auth::Scope::read}).value();
    auto listen = [&](http::testing::RawClient& listener, const std::string& secret, std::int64_t after) {
        listener.send(get(fmt::format("{}?after={}", socket, after), "X-API-Key: " + secret + "\r\n" + std::string(upgrade)));
        EXPECT_EQ(listener.receive(true).status, 101);
    };
    auto about = [](const std::string& listing) { return fmt::format(R"("subject":"{}")", listing); };
    auto before = house->events->latest(house->workspace).value();
    auto first = add_listing(local);
    auto from_before = connect(), from_now = connect(), no_more = connect();
    listen(from_before, kept.secret, before);
    listen(from_now, kept.secret, house->events->latest(house->workspace).value());
    listen(no_more, revoked.secret, before);
    EXPECT_NE(no_more.read_until(about(first)), "");
    ASSERT_TRUE(house->accounts->revoke_key(local, revoked.key.id));

    auto second = add_listing(local), third = add_listing(local);
    auto all = from_before.read_until(about(third)), news = from_now.read_until(about(third));
    EXPECT_LT(all.find(about(first)), all.find(about(second)));
    EXPECT_LT(all.find(about(second)), all.find(about(third)));
    EXPECT_EQ(all.find(about(second)), all.rfind(about(second))) << "it came twice";
    EXPECT_EQ(news.find(about(first)), std::string::npos) << "what was there already came too";
    EXPECT_LT(news.find(about(second)), news.find(about(third)));
    auto until_hung_up = no_more.read_until("\x88\x02\x03\xe8");  // the frame that says so
    EXPECT_NE(until_hung_up, "");
    EXPECT_EQ(until_hung_up.find(about(second)), std::string::npos);
}

TEST_F(EventsRoutes, a_browser_s_socket_opens_from_our_page_alone) {
    add_callers();
    auto session = house->accounts->sign_in("viewer", std::string(password), {"127.0.0.1", "test"}).value();
    const auto cookie = fmt::format("Cookie: vitrine_session={}\r\n{}", session.secret, upgrade);
    EXPECT_EQ(connect().ask(get(socket, cookie + "Origin: http://localhost\r\n")).status, 101);
    EXPECT_EQ(connect().ask(get(socket, cookie + "Origin: http://elsewhere.example\r\n")).code(), "auth.origin");
    EXPECT_EQ(connect().ask(get(socket, cookie)).code(), "auth.origin");
}

}  // namespace
}  // namespace vitrine::app
