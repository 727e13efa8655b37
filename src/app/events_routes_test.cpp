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
