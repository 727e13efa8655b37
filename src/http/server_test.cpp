#include "http/server.hpp"

#include <latch>
#include <thread>

#include "http/testing.hpp"

namespace vitrine::http::testing {
namespace {

using namespace std::chrono_literals;

struct Note {
    Text<1, 20> text;
};
BOOST_DESCRIBE_STRUCT(Note, (), (text))
struct Said {
    std::string said, id;
};
BOOST_DESCRIBE_STRUCT(Said, (), (said, id))

class NotesTest : public ServerTest {
protected:
    NotesTest() {
        auto find = http::get<Said>("/api/v1/notes/{id}", Right::read, "notes.find", "A note.", [](Request& request) -> Result<Said> {
            return Said{request.query_if("say").value_or("hello"), request.params.at("id")};
        });
        find.query = {{"say", "What to say.", json::Object{{"type", "string"}, {"maxLength", 5}}},
                      {"limit", "How much.", json::Object{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}}}};
        rows.push_back(std::move(find));
        auto create = with_body<Note, Said>(
            Method::post, "/api/v1/notes", Right::write, "notes.create", "Makes a note.",
            [](Request&, Note note) -> Result<Said> {
                return Said{note.text, "1"};
            },
            201);
        create.body_bytes_max = 1000;
        rows.push_back(std::move(create));
    }
};

TEST_F(NotesTest, a_handler_answers_json_with_a_request_id_and_the_security_headers) {
    auto client = connect();
    auto answer = client.ask(get("/api/v1/notes/7", "X-Request-Id: mine-1\r\n"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"said":"hello","id":"7"})");
    EXPECT_EQ(answer.header("x-request-id"), "mine-1");
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_EQ(client.ask(get("/api/v1/notes/7", "X-Request-Id: <script>\r\n")).header("x-request-id").size(), 36u)
        << "an id that is not sane is replaced";
}

TEST_F(NotesTest, a_json_body_is_read_into_its_struct_and_its_errors_name_the_place) {
    auto client = connect();
    auto made = client.ask(post("/api/v1/notes", "application/json", R"({"text":"blue shirt"})"));
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.body, R"({"said":"blue shirt","id":"1"})");

    auto unknown = client.ask(post("/api/v1/notes", "application/json; charset=utf-8", R"({"text":"a","colour":"blue"})"));
    EXPECT_EQ(unknown.status, 422);
    EXPECT_EQ(unknown.header("content-type"), "application/problem+json");
    EXPECT_EQ(unknown.code(), "body.field");
    EXPECT_EQ(unknown.json().at("path").as_string(), "$.colour");
    EXPECT_EQ(unknown.json().at("status").as_int64(), 422);
    EXPECT_EQ(unknown.json().at("request_id").as_string(), unknown.header("x-request-id"));

    EXPECT_EQ(client.ask(post("/api/v1/notes", "application/json", "{oops")).status, 400);
    EXPECT_EQ(client.ask(post("/api/v1/notes", "application/json", "")).status, 400);
    EXPECT_EQ(client.ask(post("/api/v1/notes", "text/plain", "{}")).status, 415);
    EXPECT_EQ(client.ask(post("/api/v1/notes", "application/json", "{}", "Content-Encoding: gzip\r\n")).status, 415);
    auto large = client.ask(post("/api/v1/notes", "application/json", std::string(1001, ' ')));
    EXPECT_EQ(large.status, 413);
    EXPECT_EQ(large.code(), "http.body_too_large");
}

TEST_F(NotesTest, an_unknown_query_parameter_is_refused_by_name_and_a_known_one_is_checked) {
    auto client = connect();
    EXPECT_EQ(client.ask(get("/api/v1/notes/7?say=na%C3%AFve&limit=200")).json().at("said").as_string(), "naïve");
    auto unknown = client.ask(get("/api/v1/notes/7?limt=2"));
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.code(), "http.unknown_parameter");
    EXPECT_EQ(unknown.json().at("path").as_string(), "limt");
    for (auto bad : {"limit=0", "limit=201", "limit=", "limit=1e2", "limit=9999999999999999999", "say=toolong"}) {
        auto answer = client.ask(get(fmt::format("/api/v1/notes/7?{}", bad)));
        EXPECT_EQ(answer.status, 400) << bad;
        EXPECT_EQ(answer.code(), "http.parameter") << bad;
    }
}

TEST_F(NotesTest, what_is_not_there_is_404_and_a_wrong_method_is_405_with_what_is_allowed) {
    auto client = connect();
    auto missing = client.ask(get("/api/v1/nothing"));
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.code(), "http.not_found");
    auto wrong = client.ask("DELETE /api/v1/notes/7 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("allow"), "OPTIONS, GET, HEAD");
    EXPECT_EQ(client.ask("BREW /api/v1/notes HTTP/1.1\r\nHost: localhost\r\n\r\n").header("allow"), "OPTIONS, POST");
    auto options = client.ask("OPTIONS /api/v1/notes HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("allow"), "OPTIONS, POST");
}

TEST_F(NotesTest, head_is_get_without_the_body) {
    auto client = connect();
    client.send("HEAD /api/v1/notes/7 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto head = client.receive(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), "25");
    EXPECT_EQ(client.ask(get("/api/v1/notes/7")).body.size(), 25u) << "nothing but the head came before";
}

TEST_F(NotesTest, an_address_that_could_mean_two_things_is_refused) {
    auto client = connect();
    for (auto bad : {"/api/v1/notes/%zz", "/api/v1/notes/%2e%2e", "/api/v1/notes/../notes/7", "/api/v1/notes/a%2Fb", "/api/v1/notes/a%5Cb",
                     "/api/v1/notes/a%00b", "/api/v1/notes/%ff", "/api/v1/notes/7?say=%", "/api/v1/notes/7?say=%00", "/api/v1/notes/./7"}) {
        auto answer = client.ask(get(bad));
        EXPECT_EQ(answer.status, 400) << bad;
        EXPECT_EQ(answer.code(), "http.malformed_target") << bad;
    }
    EXPECT_EQ(client.ask(get("/api/v1/notes//")).status, 404);
    EXPECT_EQ(client.ask(get("/api/v1/notes/%7B7%7D")).json().at("id").as_string(), "{7}");
    EXPECT_EQ(client.ask("GET http://localhost/api/v1/notes/7 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n").status, 200)
        << "an absolute address names the host itself";
}

TEST_F(NotesTest, only_hosts_of_ours_are_answered) {
    options.public_url = "https://shop.example:8443";
    auto client = connect();
    for (auto good : {"localhost", "localhost:9000", "127.0.0.1:1", "[::1]:8080", "shop.example", "SHOP.example:8443"})
        EXPECT_EQ(client.ask(fmt::format("GET /api/v1/notes/7 HTTP/1.1\r\nHost: {}\r\n\r\n", good)).status, 200) << good;
    for (auto bad : {"evil.example", "localhost.evil.example", "10.0.0.1", "user@localhost", "", "shop.example.evil"}) {
        auto answer = client.ask(fmt::format("GET /api/v1/notes/7 HTTP/1.1\r\nHost: {}\r\n\r\n", bad));
        EXPECT_EQ(answer.status, 421) << bad;
        EXPECT_EQ(answer.code(), "http.wrong_host") << bad;
    }
}

TEST_F(NotesTest, who_is_not_admitted_never_sends_a_body_to_a_handler) {
    auto& secret = add("/api/v1/secret", [](Request&) -> Result<Response> { return Response::empty(); });
    secret.right = Right::admin;
    auto client = connect();
    auto nobody = client.ask(post("/api/v1/notes", "application/json", R"({"text":"a"})", "X-API-Key: wrong\r\n"));
    EXPECT_EQ(nobody.status, 401);
    EXPECT_EQ(nobody.header("www-authenticate"), "Bearer realm=\"vitrine\"");
    EXPECT_EQ(client.ask(get("/api/v1/secret")).status, 403) << "the small body was skipped and the connection lives";
}

TEST_F(NotesTest, a_client_that_waits_for_100_continue_is_told_to_go_on_or_why_not) {
    auto client = connect();
    client.send(
        "POST /api/v1/notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 12\r\nExpect: "
        "100-Continue\r\n\r\n");
    EXPECT_EQ(client.receive().status, 100);
    EXPECT_EQ(client.ask(R"({"text":"a"})").status, 201);

    auto refused = client.ask(
        "POST /api/v1/notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 12\r\nExpect: "
        "100-continue\r\nX-API-Key: wrong\r\n\r\n");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.header("connection"), "close") << "the body may come or not";
    EXPECT_EQ(connect().ask(get("/api/v1/notes/7", "Expect: 200-ok\r\n")).status, 417);
}

TEST_F(NotesTest, a_connection_is_kept_and_pipelined_requests_are_answered_in_order) {
    auto client = connect();
    client.send(get("/api/v1/notes/1") + post("/api/v1/notes", "application/json", R"({"text":"two"})") + get("/api/v1/notes/3") + "\r\n" +
                get("/api/v1/notes/4"));
    EXPECT_EQ(client.receive().json().at("id").as_string(), "1");
    EXPECT_EQ(client.receive().json().at("said").as_string(), "two");
    EXPECT_EQ(client.receive().json().at("id").as_string(), "3");
    EXPECT_EQ(client.receive().json().at("id").as_string(), "4") << "an empty line between requests is no request";
    EXPECT_EQ(client.ask(get("/api/v1/notes/5", "Connection: close\r\n")).header("connection"), "close");
    EXPECT_TRUE(client.closed());
}

TEST_F(NotesTest, http_1_0_is_answered_and_closed_unless_it_asks_to_be_kept) {
    auto client = connect();
    auto kept = client.ask("GET /api/v1/notes/7 HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.header("connection"), "keep-alive");
    EXPECT_EQ(client.ask("GET /api/v1/notes/7 HTTP/1.0\r\nHost: localhost\r\n\r\n").status, 200);
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(connect().ask("GET /api/v1/notes/7 HTTP/2.0\r\nHost: localhost\r\n\r\n").status, 505);
}

TEST_F(NotesTest, a_handler_that_throws_is_a_500_without_its_words) {
    add("/api/v1/throws", [](Request&) -> Result<Response> { throw std::runtime_error("secret words"); });
    add("/api/v1/fails", [](Request&) -> Result<Response> {
        return Error{Kind::corrupt, "vault.damaged", "A photo is damaged.", "/data/photos/x"};
    });
    auto client = connect();
    auto thrown = client.ask(get("/api/v1/throws"));
    EXPECT_EQ(thrown.status, 500);
    EXPECT_EQ(thrown.code(), "http.internal");
    EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
    auto failed = client.ask(get("/api/v1/fails"));
    EXPECT_EQ(failed.status, 500);
    EXPECT_EQ(failed.body.find("/data"), std::string::npos) << "where our files are is nobody's business";
}

TEST_F(NotesTest, a_handler_that_finds_no_memory_is_a_503_that_may_be_tried_again) {
    add("/api/v1/huge", [](Request&) -> Result<Response> { throw std::bad_alloc(); });
    auto refused = connect().ask(get("/api/v1/huge"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.code(), "http.no_memory");
}

TEST_F(NotesTest, a_text_in_a_header_cannot_start_another) {
    add("/api/v1/echo", [](Request&) -> Result<Response> {
        auto response = Response::empty();
        response.headers.set("content-disposition", "attachment; filename=\"a\r\nset-cookie: b\"");
        return response;
    });
    auto answer = connect().ask(get("/api/v1/echo"));
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.header("set-cookie"), "");
}

TEST_F(NotesTest, pages_answer_what_no_route_does_and_never_under_api) {
    page = [](std::string_view path) -> std::optional<Response> {
        if (path == "/index.html") {
            auto response = Response::text(200, "text/html", "<p>hello");
            response.headers.set("content-security-policy", "default-src 'self'");
            return response;
        }
        if (path == "/app.js") return Response::text(200, "text/javascript", "go()");
        return std::nullopt;
    };
    auto client = connect();
    auto index = client.ask(get("/"));
    EXPECT_EQ(index.body, "<p>hello");
    EXPECT_EQ(index.header("content-security-policy"), "default-src 'self'");
    EXPECT_EQ(client.ask(get("/listings/7?tab=photos")).body, "<p>hello") << "the page's own routing";
    EXPECT_EQ(client.ask(get("/app.js")).body, "go()");
    EXPECT_EQ(client.ask(get("/old.js")).status, 404);
    EXPECT_EQ(client.ask(get("/api/v1/nothing")).status, 404);
    EXPECT_EQ(client.ask("DELETE /app.js HTTP/1.1\r\nHost: localhost\r\n\r\n").header("allow"), "OPTIONS, GET, HEAD");
}

TEST_F(NotesTest, a_full_pool_answers_503_and_says_when_to_come_back) {
    options.limits.threads = 1;
    options.limits.queue_max = 1;
    std::latch running(1), go_on(1);
    add("/api/v1/slow", [&](Request&) -> Result<Response> {
        running.count_down();
        go_on.wait();
        return Response::empty();
    });
    add("/api/v1/quick", [](Request&) -> Result<Response> { return Response::empty(); });
    auto first = connect(), second = connect(), third = connect();
    first.send(get("/api/v1/slow"));
    running.wait();
    second.send(get("/api/v1/quick"));
    while (metrics.text().find("vitrine_http_queue_depth 1") == std::string::npos) std::this_thread::yield();
    auto refused = third.ask(get("/api/v1/quick"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.code(), "http.busy");
    EXPECT_EQ(refused.header("retry-after"), "1");
    go_on.count_down();
    EXPECT_EQ(first.receive().status, 204);
    EXPECT_EQ(second.receive().status, 204);
}

TEST_F(NotesTest, one_connection_too_many_is_closed) {
    options.limits.connections_max = 2;
    auto first = connect(), second = connect();
    EXPECT_EQ(first.ask(get("/api/v1/notes/1")).status, 200);
    EXPECT_EQ(second.ask(get("/api/v1/notes/1")).status, 200);
    EXPECT_TRUE(connect().closed());
}

TEST_F(NotesTest, stopping_waits_for_a_running_request_and_closes_idle_connections) {
    std::latch running(1);
    add("/api/v1/slow", [&](Request&) -> Result<Response> {
        running.count_down();
        std::this_thread::sleep_for(100ms);
        return Response::empty();
    });
    auto idle = connect(), busy = connect();
    EXPECT_EQ(idle.ask(get("/api/v1/notes/1")).status, 200);
    busy.send(get("/api/v1/slow"));
    running.wait();
    server->stop(20s);
    auto last = busy.receive();
    EXPECT_EQ(last.status, 204);
    EXPECT_EQ(last.header("connection"), "close");
    EXPECT_TRUE(idle.closed());
}

TEST_F(NotesTest, requests_are_counted_by_operation_and_status) {
    auto client = connect();
    client.ask(get("/api/v1/notes/7"));
    client.ask(get("/api/v1/notes/7?oops=1"));
    client.ask(get("/api/v1/nothing"));
    auto text = metrics.text();
    EXPECT_NE(text.find(R"(vitrine_http_requests_total{method="GET",operation="notes.find",status="200"} 1)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"(vitrine_http_requests_total{method="GET",operation="notes.find",status="400"} 1)"), std::string::npos);
    EXPECT_NE(text.find(R"(vitrine_http_requests_total{method="GET",operation="none",status="404"} 1)"), std::string::npos);
    EXPECT_NE(text.find(R"(vitrine_http_request_seconds_count{operation="notes.find"} 2)"), std::string::npos);
    EXPECT_NE(text.find("vitrine_http_connections 1"), std::string::npos);
}

TEST_F(NotesTest, a_taken_port_says_so_and_names_the_flag) {
    start();
    auto again = options;
    again.listen = server->address();
    Server second(again, router, guard, metrics);
    auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, "http.listen");
    EXPECT_NE(started.error().message.find("--listen"), std::string::npos);
}

TEST_F(NotesTest, a_forwarded_address_counts_only_from_a_trusted_proxy) {
    add("/api/v1/who", [](Request& request) -> Result<Response> {
        return Response::text(200, "text/plain", request.peer + (request.secure ? " secure" : ""));
    });
    EXPECT_EQ(connect().ask(get("/api/v1/who", "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n")).body, "127.0.0.1");
    server.reset();
    rows.clear();
    options.trusted_proxies = {"127.0.0.0/8"};
    EXPECT_EQ(connect().ask(get("/api/v1/who", "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n")).body,
              "198.51.100.7 secure");
}

}  // namespace
}  // namespace vitrine::http::testing
