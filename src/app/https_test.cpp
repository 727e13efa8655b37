// The house over HTTPS: what plain HTTP still gets, who may come in, and certificates that change while it runs.
#include "app/https.hpp"

#include <fmt/format.h>

#include <fstream>

#include "app/served_house_for_tests.hpp"

namespace vitrine::app {
namespace {

namespace fs = std::filesystem;
using http::testing::get;

std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text, fs::perms rights = fs::perms{0600}) {
    std::ofstream(path) << text;
    fs::permissions(path, rights);
}

class HttpsTest : public ServedHouse {
protected:
    HttpsTest() { settings.tls.on = true; }

    // Over HTTPS, with a client that trusts this authority.
    Result<http::Answer> ask(const fs::path& authority, const std::string& path, std::string body = {}, const std::string& origin = {}) {
        http::ClientOptions options;
        options.authority = authority;
        http::Sending sending{body.empty() ? http::Method::get : http::Method::post, "https://" + server->address() + path, {}, {}, {}, {}};
        if (!body.empty()) sending.headers.set("content-type", "application/json");
        if (!origin.empty()) sending.headers.set("origin", origin);
        sending.body = std::move(body);
        return http::Client(options).send(sending);
    }
    fs::path ours() const { return settings.data / "tls" / "ca.pem"; }
    std::string plain(const std::string& target) {
        auto answer = connect().ask(get(target));
        return fmt::format("{} {}", answer.status, answer.header("location"));
    }
};

TEST_F(HttpsTest, plain_http_gets_the_way_to_trust_and_nothing_else) {
    auto page = connect().ask(get("/trust"));
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("href=\"https://localhost/\""), std::string::npos) << "where to go when done";
    EXPECT_EQ(page.header("content-security-policy").find("script"), std::string::npos);
    EXPECT_EQ(connect().ask(get("/trust/page.css")).status, 200);
    auto file = connect().ask(get("/trust/ca.crt"));
    EXPECT_EQ(file.header("content-type"), "application/x-x509-ca-cert");
    EXPECT_EQ(file.body, https->trust()->der);
    EXPECT_EQ(connect().ask(get("/trust/ca.pem")).body, read(ours()));
    auto profile = connect().ask(get("/trust/vitrine.mobileconfig"));
    EXPECT_EQ(profile.header("content-type"), "application/x-apple-aspen-config");
    EXPECT_NE(profile.body.find("com.apple.security.root"), std::string::npos);
    EXPECT_EQ(profile.body.find('{'), std::string::npos) << "every blank is filled in";

    for (const auto& route : router.routes()) {
        auto path = route.path;
        for (auto open = path.find('{'); open != std::string::npos; open = path.find('{'))
            path.replace(open, path.find('}') + 1 - open, nothing_s_id);
        EXPECT_EQ(plain(path), "308 https://localhost" + path) << route.operation;
    }
    for (const char* path : {"/", "/listings/1", "/trust/authority.pem", "/trust/../tls/authority.pem"})
        EXPECT_NE(connect().ask(get(path)).status, 200) << path;
    EXPECT_EQ(ask(ours(), "/trust")->status, 200) << "over HTTPS it is there too";
}

TEST_F(HttpsTest, a_session_is_for_https_alone_and_only_our_own_page_may_use_it) {
    ASSERT_TRUE(house->accounts->add_person(local, "ada", std::string(password), auth::Role::owner));
    auto body = fmt::format(R"({{"name":"ada","password":"{}"}})", password);
    auto origin = "https://" + server->address();
    auto signed_in = ask(ours(), "/api/v1/auth/sign-in", body, origin);
    ASSERT_TRUE(signed_in) << signed_in.error().message;
    auto cookie = std::string(signed_in->headers.get("set-cookie"));
    EXPECT_TRUE(cookie.starts_with("__Host-vitrine_session=")) << cookie;
    EXPECT_NE(cookie.find("; Secure"), std::string::npos);
    EXPECT_FALSE(signed_in->headers.has("strict-transport-security"));
    EXPECT_EQ(ask(ours(), "/api/v1/auth/sign-in", body, "http://" + server->address())->status, 403)
        << "the page as it came over plain HTTP";
    EXPECT_EQ(ask(ours(), "/api/v1/auth/sign-in", body, "https://evil.example")->status, 403);
}

TEST_F(HttpsTest, a_phone_is_told_where_to_go_and_what_to_trust) {
    ASSERT_TRUE(house->accounts->add_person(local, "ada", std::string(password), auth::Role::owner));
    door->opened("0.0.0.0:8443");
    auto way = door->way_in();
    EXPECT_EQ(way.way, Way::local_authority);
    EXPECT_TRUE(way.address->starts_with("https://") && way.address->ends_with(":8443")) << *way.address;
    EXPECT_EQ(*way.trust_address, "http" + way.address->substr(5) + "/trust");
    EXPECT_EQ(way.fingerprint->size(), 95u);
    http::Request request;
    auto code = router.match(http::Method::get, "/api/v1/phone/code.svg").route->handler(request);
    ASSERT_TRUE(code);
    EXPECT_TRUE(std::get<std::string>(code->body).starts_with("<svg "));

    door->opened("127.0.0.1:8443");
    EXPECT_EQ(door->way_in().way, Way::this_machine);
    auto none = router.match(http::Method::get, "/api/v1/phone/code.svg").route->handler(request);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, "phone.no_way_in");
}

TEST(Door, says_how_others_come_in_for_each_way_of_serving) {
    auto way = [](auto&& change) {
        Settings settings;
        settings.listen = "192.168.1.5:8080";
        change(settings);
        auto found = Door(settings, std::nullopt, settings.tls.certificate.empty() ? "" : "shop.example").way_in();
        return fmt::format("{} {}", json::print(json::write(found.way)), found.address.value_or("nowhere"));
    };
    EXPECT_EQ(way([](Settings&) {}), "\"plain\" http://192.168.1.5:8080");
    EXPECT_EQ(way([](Settings& settings) { settings.listen = "192.168.1.5:80"; }), "\"plain\" http://192.168.1.5");
    EXPECT_EQ(way([](Settings& settings) { settings.listen = "[fd00::5]:8080"; }), "\"plain\" http://[fd00::5]:8080");
    EXPECT_EQ(way([](Settings& settings) { settings.listen = "127.0.0.1:8080"; }), "\"this_machine\" nowhere");
    EXPECT_EQ(way([](Settings& settings) { settings.tls.certificate = "shop.pem"; }), "\"certificate\" https://shop.example:8080");
    EXPECT_EQ(way([](Settings& settings) {
                  settings.listen = "127.0.0.1:8080";
                  settings.public_url = "https://shop.example";
              }),
              "\"proxy\" https://shop.example");
}

// A certificate as an owner brings it: signed by somebody else, in two files.
class OwnCertificateTest : public HttpsTest {
protected:
    OwnCertificateTest() {
        settings.tls.on = false;
        fs::create_directories(files);
        settings.tls.certificate = files / "chain.pem";
        settings.tls.key = files / "key.pem";
        bring({"localhost", "127.0.0.1"});
    }
    ~OwnCertificateTest() override { fs::remove_all(files); }

    void bring(const std::vector<std::string>& names) {
        auto pair = somebody.certificate_for(names).value();
        write(settings.tls.key, pair.key);
        write(settings.tls.certificate, pair.chain.substr(pair.chain.find("-----BEGIN CERTIFICATE")));
    }
    // What start says about the files as they are.
    std::string complaint() {
        Metrics metrics;
        auto started = Https::start(settings, clock, metrics);
        return started ? "none" : started.error().code;
    }

    SystemClock clock;
    fs::path files = fs::temp_directory_path() / ("vitrine-own-" + to_string(make_uuid_v7()));
    http::LocalAuthority somebody = http::LocalAuthority::open(files / "somebody", clock).value();
};

TEST_F(OwnCertificateTest, it_is_served_with_hsts_and_read_again_when_it_changes) {
    auto authority = files / "somebody" / "ca.pem";
    auto first = ask(authority, "/health");
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(first->headers.has("strict-transport-security"));
    EXPECT_NE(house->metrics.text().find("vitrine_tls_certificate_ends_seconds 1"), std::string::npos) << "seconds, ten digits";
    EXPECT_NE(describe_certificate(settings, clock)->value_or("").find("for localhost, 127.0.0.1, until 20"), std::string::npos);
    EXPECT_EQ(plain("/trust"), "308 https://localhost/trust") << "there is nothing to trust";

    // Another key signs from now on; half of the change is seen first.
    fs::rename(files / "somebody", files / "before");
    somebody = http::LocalAuthority::open(files / "somebody", clock).value();
    auto pair = somebody.certificate_for({"localhost", "127.0.0.1"}).value();
    write(settings.tls.certificate, pair.chain);
    https->refresh();
    EXPECT_TRUE(ask(files / "before" / "ca.pem", "/health")) << "what does not fit yet changes nothing";
    write(settings.tls.key, pair.key);
    for (int tries = 0; tries < 300 && !ask(authority, "/health"); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(ask(authority, "/health")) << "seen without a signal";
    EXPECT_FALSE(ask(files / "before" / "ca.pem", "/health"));
}

TEST_F(OwnCertificateTest, files_that_do_not_serve_stop_the_start_and_say_why) {
    EXPECT_EQ(complaint(), "none");
    auto key = read(settings.tls.key);
    write(settings.tls.key, "nonsense");
    EXPECT_EQ(complaint(), "tls.key");
    auto other = http::LocalAuthority::open(files / "other", clock)->certificate_for({"localhost"}).value();
    write(settings.tls.key, other.key);
    EXPECT_EQ(complaint(), "tls.mismatch");
    fs::remove(settings.tls.key);
    EXPECT_EQ(complaint(), "tls.file_missing");
    write(settings.tls.certificate, read(settings.tls.certificate) + key);
    settings.tls.key.clear();
    EXPECT_EQ(complaint(), "none") << "both in one file";
    settings.tls.certificate.clear();
    settings.tls.key = "key.pem";
    EXPECT_EQ(complaint(), "tls.certificate");
}

}  // namespace
}  // namespace vitrine::app
