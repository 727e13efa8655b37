// Requests that two readers of HTTP could take for different ones: refused, and the connection is closed.
#include "http/testing.hpp"

namespace vitrine::http::testing {
namespace {

using namespace std::string_view_literals;

class SmugglingTest : public ServerTest {
protected:
    SmugglingTest() {
        auto& echo =
            add("/api/v1/echo", [](Request& request) -> Result<Response> { return Response::text(200, "text/plain", request.body); });
        echo.method = Method::post;
        echo.body_kind = BodyKind::json;
    }
    void refused(std::string_view name, std::string_view bytes, int status = 400) {
        auto client = connect();
        client.send(bytes);
        auto answer = client.receive();
        EXPECT_EQ(answer.status, status) << name << ": " << answer.body;
        EXPECT_EQ(answer.header("connection"), "close") << name;
        EXPECT_EQ(client.receive().status, 0) << name << ": what came after was taken for a request";
    }
    static std::string head(std::string_view lines, std::string_view rest) {
        return fmt::format("POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{}\r\n{}", lines, rest);
    }
    const std::string second = "POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
};

TEST_F(SmugglingTest, content_length_and_transfer_encoding_in_conflict) {
    refused("both", head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + second));
    refused("both, the other way", head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + second));
    refused("two lengths", head("Content-Length: 0\r\nContent-Length: 5\r\n", "12345" + second));
    refused("the same length twice", head("Content-Length: 5\r\nContent-Length: 5\r\n", "12345" + second));
    refused("a list of lengths", head("Content-Length: 5, 5\r\n", "12345" + second));
    refused("a signed length", head("Content-Length: +5\r\n", "12345" + second));
    refused("a negative length", head("Content-Length: -1\r\n", second));
    refused("a hexadecimal length", head("Content-Length: 0x5\r\n", "12345" + second));
    refused("a length beyond 64 bits", head("Content-Length: 18446744073709551621\r\n", "12345" + second));
    refused("an unknown encoding", head("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + second), 501);
    refused("an encoding before chunked", head("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + second), 501);
    refused("chunked twice", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + second));
    refused("chunked in HTTP/1.0", "POST /api/v1/echo HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second);
}

TEST_F(SmugglingTest, lines_that_end_or_go_on_in_their_own_way) {
    refused("bare LF", "GET /api/v1/echo HTTP/1.1\nHost: localhost\n\n" + second);
    refused("one bare LF", head("X-A: b\nTransfer-Encoding: chunked\r\n", second));
    refused("bare CR", head("X-A: b\rTransfer-Encoding: chunked\r\n", second));
    refused("a folded header", head("X-A: b\r\n c\r\n", second));
    refused("a folded header with a tab", head("Transfer-Encoding:\r\n\tchunked\r\n", second));
    refused("NUL in a header", head("X-A: b\0c\r\n"sv, second));
    refused("NUL in the request line", "GET /api\0/v1 HTTP/1.1\r\nHost: localhost\r\n\r\n"sv);
    refused("space before the colon", head("Content-Length : 5\r\n", "12345"));
    refused("a header without a colon", head("Content-Length\r\n", second));
    refused("a space in a name", head("Content Length: 5\r\n", "12345"));
    refused("a blank before the first header", "GET /api/v1/echo HTTP/1.1\r\n Host: localhost\r\n\r\n");
    refused("a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"sv);
}

TEST_F(SmugglingTest, hosts_that_come_twice_or_not_at_all) {
    refused("none", "GET /api/v1/echo HTTP/1.1\r\n\r\n" + second);
    refused("two", "GET /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n" + second);
    refused("two keys", head("X-API-Key: a\r\nX-API-Key: b\r\n", second));
}

TEST_F(SmugglingTest, chunks_that_lie) {
    refused("a size that is no number", head("Transfer-Encoding: chunked\r\n", "zz\r\n12345\r\n0\r\n\r\n" + second));
    refused("a size larger than 64 bits", head("Transfer-Encoding: chunked\r\n", "10000000000000005\r\n12345\r\n0\r\n\r\n" + second));
    refused("a chunk longer than it says", head("Transfer-Encoding: chunked\r\n", "3\r\n12345\r\n0\r\n\r\n" + second));
    refused("an extension without end", head("Transfer-Encoding: chunked\r\n", "5;" + std::string(400'000, 'x')));
}

TEST_F(SmugglingTest, too_large_a_head_is_431) {
    refused("one large header", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + std::string(20'000, 'a') + "\r\n\r\n", 431);
    std::string many;
    for (int i = 0; i < 120; ++i) many += fmt::format("X-{}: a\r\n", i);
    refused("many headers", head(many, ""), 431);
}

TEST_F(SmugglingTest, a_chunked_body_that_is_right_is_read_with_its_trailers_left_aside) {
    auto client = connect();
    client.send(head("Transfer-Encoding: chunked\r\n", "3\r\n{\"a\r\n5;name=value\r\n\":1}\n\r\n0\r\nHost: evil.example\r\n\r\n" + second));
    auto answer = client.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"a\":1}\n");
    EXPECT_EQ(client.receive().status, 415) << "and the next request begins where the body ended";
}

}  // namespace
}  // namespace vitrine::http::testing
