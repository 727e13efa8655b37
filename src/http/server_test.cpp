#include "http/server.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/testing.hpp"

namespace vitrine::http {
namespace {

namespace fs = std::filesystem;
using testing::RawClient;

struct Note {
    Text<1, 20> text;
};
BOOST_DESCRIBE_STRUCT(Note, (), (text))
struct Said {
    std::string said, id;
};
BOOST_DESCRIBE_STRUCT(Said, (), (said, id))
struct Kept {
    std::string field, file_name, sha256;
    std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(Kept, (), (field, file_name, sha256, bytes))
struct Upload {
    std::vector<Kept> files;
    std::map<std::string, std::string> fields;
};
BOOST_DESCRIBE_STRUCT(Upload, (), (files, fields))

std::string get(std::string_view target, std::string_view more = {}) { return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, more); }
std::string post(std::string_view target, std::string_view type, std::string_view body, std::string_view more = {}) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}", target, type, body.size(), more, body);
}

class ServerTest : public ::testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("vitrine_http_" + to_string(make_uuid_v7()));
        options.listen = "127.0.0.1:0";
        options.temporary = folder / "tmp";
        router.add(http::get<Said>("/api/v1/notes/{id}", Right::read, "notes.find", "A note.", [](Request& request) -> Result<Said> {
            return Said{request.query_if("say").value_or("hello"), request.params.at("id")};
        }));
        auto say = with_body<Note, Said>(Method::post, "/api/v1/notes", Right::write, "notes.create", "Makes a note.",
                                         [](Request&, Note note) -> Result<Said> { return Said{note.text, "1"}; }, 201);
        say.body_bytes_max = 1000;
        router.add(std::move(say));
        Route upload{Method::post, "/api/v1/photos", Right::upload, "photos.create", "Takes photos."};
        upload.body_kind = BodyKind::photos;
        upload.file_bytes_max = 300'000;
        upload.files_max = 3;
        upload.idempotent = true;
        upload.handler = [this](Request& request) -> Result<Response> {
            Upload seen;
            for (const auto& file : request.files) {
                EXPECT_EQ(fs::file_size(file.path), file.bytes);
                seen.files.push_back({file.field, file.file_name, file.sha256, static_cast<std::int64_t>(file.bytes)});
                if (file.field == "keep") fs::rename(file.path, folder / "kept");
            }
            seen.fields = request.fields;
            return Response::json(201, json::write(seen));
        };
        router.add(std::move(upload));
        add_routes();
        fs::create_directories(folder);
    }
    void TearDown() override {
        server.reset();
        fs::remove_all(folder);
    }
    virtual void add_routes() {}

    RawClient connect() {
        if (!server) start();
        return RawClient(server->address());
    }
    void start() {
        server.emplace(options, router, guard, metrics);
        if (page) server->page(page);
        for (auto& [path, handler] : sockets) server->websocket(path, handler);
        auto started = server->start();
        ASSERT_TRUE(started) << started.error().message;
    }
    std::size_t temporary_files() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(options.temporary)) ++count;
        return count;
    }

    fs::path folder;
    ServerOptions options;
    Router router;
    testing::OpenGuard guard;
    Metrics metrics;
    std::function<std::optional<Response>(std::string_view)> page;
    std::map<std::string, WebSocketHandler> sockets;
    std::optional<Server> server;
};

TEST_F(ServerTest, a_handler_answers_json_with_a_request_id_and_the_security_headers) {
    auto client = connect();
    auto answer = client.ask(get("/api/v1/notes/7", "X-Request-Id: mine-1\r\n"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"said":"hello","id":"7"})");
    EXPECT_EQ(answer.header("x-request-id"), "mine-1");
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(answer.header("cache-control"), "no-store");
}

TEST_F(ServerTest, a_json_body_is_read_into_its_struct_and_its_errors_name_the_place) {
    auto client = connect();
    auto made = client.ask(post("/api/v1/notes", "application/json", R"({"text":"blue shirt"})"));
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.body, R"({"said":"blue shirt","id":"1"})");

    auto unknown = client.ask(post("/api/v1/notes", "application/json; charset=utf-8", R"({"text":"a","colour":"blue"})"));
    EXPECT_EQ(unknown.status, 422);
    EXPECT_EQ(unknown.header("content-type"), "application/problem+json");
    EXPECT_EQ(unknown.code(), "body.field");
    EXPECT_EQ(unknown.json().at("path").as_string(), "$.colour");
    EXPECT_EQ(unknown.json().at("request_id").as_string(), unknown.header("x-request-id"));

    EXPECT_EQ(client.ask(post("/api/v1/notes", "application/json", "{oops")).status, 400);
    EXPECT_EQ(client.ask(post("/api/v1/notes", "text/plain", "{}")).status, 415);
    auto large = client.ask(post("/api/v1/notes", "application/json", std::string(1001, ' ')));
    EXPECT_EQ(large.status, 413);
    EXPECT_EQ(large.code(), "http.body_too_large");
}

TEST_F(ServerTest, a_multipart_upload_reaches_the_handler_as_hashed_files_and_leaves_no_file_behind) {
    auto client = connect();
    std::string body =
        "--B\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"../a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nabc\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nit\r\n--B--\r\n";
    auto answer = client.ask(post("/api/v1/photos", "multipart/form-data; boundary=B", body));
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body,
              R"({"files":[{"field":"photo","file_name":"../a.jpg","sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","bytes":3}],)"
              R"("fields":{"language":"it"}})");
    EXPECT_EQ(client.ask(get("/api/v1/notes/7")).status, 200);  // by now the upload's exchange has ended
    EXPECT_EQ(temporary_files(), 0u);
}

}  // namespace
}  // namespace vitrine::http
