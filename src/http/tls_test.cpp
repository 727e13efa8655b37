// The same server over TLS, and what happens to those who speak something else on its port.
#include "http/tls.hpp"

#include <latch>
#include <thread>

#include "http/client.hpp"
#include "http/tls_testing.hpp"

namespace vitrine::http::testing {
namespace {

using namespace std::chrono_literals;

class TlsTest : public ServerTest {
protected:
    TlsTest() : authority(LocalAuthority::open(folder / "tls", clock).value()) {
        options.certificate = Certificate::make(authority.certificate_for({"localhost", "127.0.0.1"}).value()).value();
        add("/api/v1/ping", [](Request& request) -> Result<Response> {
            return Response::text(200, "text/plain", request.secure ? "secure" : "in the open");
        });
        add("/api/v1/wide", [](Request&) -> Result<Response> { return Response::text(200, "text/plain", std::string(3'000'000, 'w')); });
    }
    std::unique_ptr<TlsClient> greet(const std::string& name = "localhost") {
        auto client = std::make_unique<TlsClient>(address(), authority.pem(), name);
        EXPECT_TRUE(client->handshake());
        return client;
    }
    std::string counted(std::string_view series) {
        auto text = metrics.text();
        auto at = text.find("\n" + std::string(series) + " ");
        return at == std::string::npos ? "none" : text.substr(at + series.size() + 2, text.find('\n', at + 1) - at - series.size() - 2);
    }

    SystemClock clock;
    LocalAuthority authority;
};

TEST_F(TlsTest, requests_are_answered_over_tls_and_know_that_they_are_secure) {
    auto client = greet();
    EXPECT_EQ(client->ask(get("/api/v1/ping")).body, "secure");
    EXPECT_EQ(client->ask(get("/api/v1/wide")).body, std::string(3'000'000, 'w')) << "many records, one connection";
    EXPECT_EQ(client->ask(get("/api/v1/ping")).header("strict-transport-security"), "") << "a local authority may be gone tomorrow";
    client->send(get("/api/v1/ping", "Connection: close\r\n"));
    EXPECT_EQ(client->receive().status, 200);
    EXPECT_TRUE(client->closed());
    EXPECT_TRUE(client->said_goodbye());
}

TEST_F(TlsTest, an_address_is_as_good_as_a_name_and_an_unknown_name_is_no_error) {
    EXPECT_EQ(greet("127.0.0.1")->ask(get("/api/v1/ping")).status, 200);
    TlsClient stranger(address(), authority.pem(), "shop.example");
    SSL_set_verify(stranger.tls(), SSL_VERIFY_NONE, nullptr);
    EXPECT_TRUE(stranger.handshake()) << "it gets the one certificate there is";
    TlsClient strict(address(), authority.pem(), "shop.example");
    EXPECT_FALSE(strict.handshake()) << "which is not good for that name";
}

TEST_F(TlsTest, a_browser_is_told_to_stay_on_https_when_the_certificate_is_not_of_the_local_authority) {
    options.strict_transport = true;
    EXPECT_EQ(greet()->ask(get("/api/v1/ping")).header("strict-transport-security"), "max-age=15552000");
}

TEST_F(TlsTest, plain_http_gets_only_the_way_to_trust_and_otherwise_the_way_to_https) {
    auto connect_plain = [&] { return RawClient(address()); };
    start();
    server.reset();
    server.emplace(options, router, guard, metrics);
    server->before_tls([](const Request& request) -> std::optional<Response> {
        if (request.path != "/trust") return std::nullopt;
        return Response::text(200, "text/html", "trust us");
    });
    ASSERT_TRUE(server->start());
    EXPECT_EQ(connect_plain().ask(get("/trust")).body, "trust us");
    auto sent_on = connect_plain().ask(get("/api/v1/ping?a=b%20c"));
    EXPECT_EQ(sent_on.status, 308);
    EXPECT_EQ(sent_on.header("location"), "https://localhost/api/v1/ping?a=b%20c");
    EXPECT_EQ(connect_plain().ask(get("/listings/1")).status, 308);
    auto posted = connect_plain().ask(post("/trust", "application/json", "{}"));
    EXPECT_EQ(posted.status, 308) << "only a GET gets the page";
    EXPECT_EQ(connect_plain().ask("GET /trust HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 421) << "nor does a name of others";
    EXPECT_EQ(connect_plain().ask(get("http://localhost:1/api/v1/ping")).header("location"), "https://localhost:1/");
}

TEST_F(TlsTest, a_proxy_that_is_trusted_may_come_in_the_open_for_those_who_did_not) {
    options.trusted_proxies = {"127.0.0.1"};
    EXPECT_EQ(RawClient(address()).ask(get("/api/v1/ping", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n")).body, "secure");
    EXPECT_EQ(RawClient(address()).ask(get("/api/v1/ping", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n")).status, 308);
}

TEST_F(TlsTest, a_hello_on_a_plain_port_is_answered_in_words_and_closed) {
    options.certificate = nullptr;
    TlsClient lost(address(), authority.pem());
    EXPECT_FALSE(lost.handshake());
    RawClient hello(address());
    auto answer = hello.ask(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "http.tls_here_is_none");
    EXPECT_TRUE(hello.closed());
}

TEST_F(TlsTest, a_handshake_that_is_silent_slow_or_nonsense_is_cut_and_counted) {
    options.limits.header_seconds_max = 1;
    RawClient silent(address()), half(address()), nonsense(address());
    half.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
    nonsense.send("\x16" + std::string(300, 'n'));
    EXPECT_TRUE(silent.closed());
    EXPECT_TRUE(half.closed());
    nonsense.read_until("never");  // an alert, perhaps
    EXPECT_TRUE(nonsense.closed());
    auto dribble = std::make_unique<RawClient>(address());
    int sent = 0;
    dribble->send("\x16\x03\x01\x40");
    while (dribble->send("\x01") && sent++ < 1000) std::this_thread::sleep_for(10ms);
    EXPECT_LT(sent, 1000) << "the limit is for the whole handshake, not for a byte of it";
    while (counted("vitrine_http_handshakes_failed_total") != "3") std::this_thread::yield();
    EXPECT_EQ(greet()->ask(get("/api/v1/ping")).status, 200) << "and others are served";
}

TEST_F(TlsTest, old_versions_weak_ciphers_and_renegotiation_are_refused) {
    TlsClient weak(address(), authority.pem());
    SSL_set_max_proto_version(weak.tls(), TLS1_2_VERSION);
    SSL_set_cipher_list(weak.tls(), "ECDHE-ECDSA-AES128-SHA256");
    EXPECT_FALSE(weak.handshake()) << "CBC, which has had its day";
    TlsClient old(address(), authority.pem());
    SSL_set_security_level(old.tls(), 0);
    SSL_set_min_proto_version(old.tls(), TLS1_VERSION);
    SSL_set_max_proto_version(old.tls(), TLS1_1_VERSION);
    EXPECT_FALSE(old.handshake());
    TlsClient again(address(), authority.pem());
    SSL_set_max_proto_version(again.tls(), TLS1_2_VERSION);
    ASSERT_TRUE(again.handshake());
    EXPECT_EQ(again.ask(get("/api/v1/ping")).status, 200);
    SSL_renegotiate(again.tls());
    EXPECT_FALSE(SSL_do_handshake(again.tls()) == 1 && again.ask(get("/api/v1/ping")).status == 200);
}

TEST_F(TlsTest, of_what_a_client_offers_to_speak_http_1_1_is_chosen) {
    TlsClient client(address(), authority.pem());
    constexpr unsigned char offered[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(client.tls(), offered, sizeof offered - 1);
    ASSERT_TRUE(client.handshake());
    const unsigned char* chosen = nullptr;
    unsigned bytes = 0;
    SSL_get0_alpn_selected(client.tls(), &chosen, &bytes);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), bytes), "http/1.1");
    EXPECT_EQ(client.ask(get("/api/v1/ping")).status, 200);
}

TEST_F(TlsTest, a_new_certificate_is_shown_to_new_connections_while_old_ones_go_on) {
    auto before = greet();
    EXPECT_EQ(before->ask(get("/api/v1/ping")).status, 200);
    ASSERT_TRUE(options.certificate->replace(authority.certificate_for({"localhost", "127.0.0.1", "192.0.2.7"}).value()));
    EXPECT_EQ(before->ask(get("/api/v1/ping")).status, 200);
    auto after = greet("192.0.2.7");
    EXPECT_EQ(after->ask(get("/api/v1/ping")).status, 200);
    EXPECT_NE(after->serial(), before->serial());
    EXPECT_FALSE(options.certificate->replace({"nonsense", "nonsense"}));
    EXPECT_EQ(greet()->serial(), after->serial()) << "what cannot be read changes nothing";
}

TEST_F(TlsTest, an_upload_comes_whole_and_one_that_breaks_off_leaves_nothing) {
    auto& upload = add("/api/v1/photos", [](Request& request) -> Result<Response> {
        return Response::text(201, "text/plain", std::to_string(request.files.at(0).bytes));
    });
    upload.method = Method::post;
    upload.body_kind = BodyKind::photos;
    EXPECT_EQ(greet()->ask(post("/api/v1/photos", "image/jpeg", std::string(2'400'000, 'p'))).body, "2400000");
    auto broken = greet();
    broken->send(
        fmt::format("POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 1000\r\n\r\nabc"));
    while (temporary_files() == 0) std::this_thread::yield();
    broken->close();  // without TLS's goodbye
    while (temporary_files() > 0) std::this_thread::yield();
}

TEST_F(TlsTest, a_stream_of_events_ends_when_its_client_goes) {
    std::atomic<int> streams = 0;
    auto wake = std::make_shared<Guarded<std::function<void()>>>();
    add("/api/v1/events", [&](Request&) -> Result<Response> {
        auto events = std::make_shared<EventStream>();
        auto alive = std::shared_ptr<void>(nullptr, [&](void*) { --streams; });
        ++streams;
        events->start = [alive, wake](std::function<void()> call) { wake->with([&](auto& kept) { kept = std::move(call); }); };
        auto said = std::make_shared<int>(0);
        events->next = [said]() -> Result<std::string> { return fmt::format("data: {}\n\n", ++*said); };
        Response response;
        response.headers.set("content-type", "text/event-stream");
        response.body = events;
        return response;
    });
    auto polite = greet(), rude = greet();
    for (auto* client : {polite.get(), rude.get()}) {
        client->send(get("/api/v1/events"));
        EXPECT_EQ(client->receive(true).status, 200);
        EXPECT_NE(client->read_until("data: 1\n\n"), "");
    }
    wake->with([](auto& call) { call(); });
    EXPECT_NE(rude->read_until("data: 2\n\n"), "");
    EXPECT_EQ(streams, 2);
    SSL_shutdown(polite->tls());
    while (streams > 1) std::this_thread::yield();
    rude->close();
    while (streams > 0) std::this_thread::yield();
}

TEST_F(TlsTest, a_websocket_speaks_and_says_goodbye) {
    std::shared_ptr<WebSocket> kept;
    std::latch connected(1);
    add("/api/v1/socket", {}).websocket = true;
    sockets["/api/v1/socket"] = [&](const Request& request, std::shared_ptr<WebSocket> socket) -> std::shared_ptr<void> {
        EXPECT_TRUE(request.secure);
        kept = std::move(socket);
        connected.count_down();
        return std::make_shared<int>(1);
    };
    auto client = greet();
    client->send(
        get("/api/v1/socket",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    EXPECT_EQ(client->receive().status, 101);
    connected.wait();
    for (int i = 0; i < 200; ++i) kept->send("0123456789");
    for (int i = 0; i < 200; ++i) EXPECT_EQ(client->read_exactly(12).substr(2), "0123456789");
    client->send(std::string_view("\x88\x82\0\0\0\0\x03\xe8", 8));
    EXPECT_EQ(client->read_exactly(4), "\x88\x02\x03\xe8");
    EXPECT_TRUE(client->closed());
    EXPECT_TRUE(client->said_goodbye());
}

TEST_F(TlsTest, our_client_trusts_the_authority_it_is_given_and_no_other) {
    Sending ping{Method::get, "https://" + address() + "/api/v1/ping", {}, {}, {}, {}};
    ClientOptions trusting;
    trusting.authority = folder / "tls" / "ca.pem";
    auto answer = Client(trusting).send(ping);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "secure");
    auto refused = Client().send(ping);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "client.certificate");
}

TEST_F(TlsTest, files_that_are_no_certificate_are_refused_in_words) {
    auto good = authority.certificate_for({"localhost"}).value();
    auto other = LocalAuthority::open(folder / "other", clock).value().certificate_for({"localhost"}).value();
    auto code = [](const KeyPair& pair) {
        auto made = Certificate::make(pair);
        return made ? "none" : made.error().code;
    };
    EXPECT_EQ(code(good), "none");
    EXPECT_EQ(code({"nonsense", good.key}), "tls.certificate");
    EXPECT_EQ(code({good.chain, "nonsense"}), "tls.key");
    EXPECT_EQ(code({good.chain, other.key}), "tls.mismatch");
    auto locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH0\n-----END ENCRYPTED PRIVATE KEY-----\n";
    EXPECT_NE(Certificate::make({other.chain, locked}).error().message.find("passphrase"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::http::testing
