// Files as answers: whole, in part, not at all when the client has them.
#include "http/testing.hpp"

namespace vitrine::http::testing {
namespace {

class FileTest : public ServerTest {
protected:
    FileTest() {
        for (int i = 0; i < 200'000; ++i) text += static_cast<char>('a' + i % 26);
        std::ofstream(folder / "photo.jpg") << text;
        std::ofstream(folder / "empty.jpg");
        for (std::string name : {"photo.jpg", "empty.jpg", "missing.jpg"})
            add("/api/v1/" + name, [path = folder / name](Request&) -> Result<Response> {
                auto response = Response::file("image/jpeg", path);
                response.headers.set("etag", "\"v1\"");
                return response;
            });
    }
    RawClient::Answer range(RawClient& client, std::string_view range, std::string_view more = {}) {
        return client.ask(get("/api/v1/photo.jpg", fmt::format("Range: {}\r\n{}", range, more)));
    }
    std::string text;
};

TEST_F(FileTest, a_file_is_sent_whole_with_its_length_and_type) {
    auto client = connect();
    auto answer = client.ask(get("/api/v1/photo.jpg"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, text);
    EXPECT_EQ(answer.header("content-type"), "image/jpeg");
    EXPECT_EQ(answer.header("accept-ranges"), "bytes");
    EXPECT_EQ(answer.header("cache-control"), "private, no-cache");
    EXPECT_EQ(client.ask(get("/api/v1/empty.jpg")).header("content-length"), "0");
    EXPECT_EQ(client.ask(get("/api/v1/missing.jpg")).code(), "http.file_missing");
    EXPECT_EQ(client.ask(get("/api/v1/photo.jpg")).body.size(), text.size()) << "the connection lives on";
}

TEST_F(FileTest, what_the_client_has_is_not_sent_again) {
    auto client = connect();
    for (auto tag : {"\"v1\"", "W/\"v1\"", "*", "\"v0\", \"v1\""}) {
        auto answer = client.ask(get("/api/v1/photo.jpg", fmt::format("If-None-Match: {}\r\n", tag)));
        EXPECT_EQ(answer.status, 304) << tag;
        EXPECT_EQ(answer.header("etag"), "\"v1\"");
    }
    EXPECT_EQ(client.ask(get("/api/v1/photo.jpg", "If-None-Match: \"v0\"\r\n")).status, 200);
}

TEST_F(FileTest, one_range_is_sent_in_part_and_strange_ones_whole) {
    auto client = connect();
    auto part = range(client, "bytes=70000-70009");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, text.substr(70000, 10));
    EXPECT_EQ(part.header("content-range"), "bytes 70000-70009/200000");
    EXPECT_EQ(range(client, "bytes=199990-").body, text.substr(199990));
    EXPECT_EQ(range(client, "bytes=199990-999999").body, text.substr(199990));
    EXPECT_EQ(range(client, "bytes=-3").body, text.substr(199997));
    EXPECT_EQ(range(client, "bytes=0-0").body, "a");
    for (auto whole :
         {"bytes=0-1,5-6", "bytes=", "bytes=5-2", "lines=0-1", "bytes=a-b", "bytes=--1", "bytes=0-1x", "bytes=99999999999999999999-"})
        EXPECT_EQ(range(client, whole).status, 200) << whole;
    auto beyond = range(client, "bytes=200000-");
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.header("content-range"), "bytes */200000");
    EXPECT_EQ(range(client, "bytes=0-0", "If-Range: \"v1\"\r\n").status, 206);
    EXPECT_EQ(range(client, "bytes=0-0", "If-Range: \"v0\"\r\n").status, 200) << "a part of another version would not fit";
}

TEST_F(FileTest, head_of_a_file_has_its_length_and_no_bytes) {
    auto client = connect();
    client.send("HEAD /api/v1/photo.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.receive(true).header("content-length"), "200000");
    EXPECT_EQ(client.ask(get("/api/v1/empty.jpg")).status, 200);
}

}  // namespace
}  // namespace vitrine::http::testing
