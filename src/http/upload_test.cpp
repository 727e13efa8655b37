// Photos on their way in: over a socket, into temporary files, and never more than the limits say.
#include <thread>

#include "http/client.hpp"
#include "http/testing.hpp"

namespace vitrine::http::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

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

constexpr auto multipart = "multipart/form-data; boundary=B";

std::string part(std::string_view disposition, std::string_view data) {
    return fmt::format("--B\r\nContent-Disposition: form-data; {}\r\n\r\n{}\r\n", disposition, data);
}
std::string photo(std::string_view data = "abc") {
    return part("name=\"photo\"; filename=\"a.jpg\"", data);
}

class UploadTest : public ServerTest {
protected:
    UploadTest() {
        auto& upload = add("/api/v1/photos", [this](Request& request) -> Result<Response> {
            Upload seen;
            for (const auto& file : request.files) {
                EXPECT_EQ(fs::file_size(file.path), file.bytes);
                EXPECT_EQ(file.path.parent_path(), options.temporary);
                seen.files.push_back({file.field, file.file_name, file.sha256, static_cast<std::int64_t>(file.bytes)});
                if (file.field == "keep") fs::rename(file.path, folder / "kept");
            }
            seen.fields = request.fields;
            return Response::json(201, json::write(seen));
        });
        upload.method = Method::post;
        upload.body_kind = BodyKind::photos;
        upload.file_bytes_max = 300'000;
        upload.files_max = 3;
        add("/api/v1/ping", [](Request&) -> Result<Response> { return Response::empty(); });
    }
    static Upload seen(const RawClient::Answer& answer) {
        EXPECT_EQ(answer.status, 201) << answer.body;
        return json::read<Upload>(answer.json()).value_or(Upload{});
    }
    // Nothing is left once the exchange has ended, which a second answer on the same connection tells.
    void expect_clean(RawClient& client) {
        EXPECT_EQ(client.ask(get("/api/v1/ping")).status, 204);
        EXPECT_EQ(temporary_files(), 0u);
    }
};

TEST_F(UploadTest, files_and_fields_reach_the_handler_hashed_and_nothing_stays_behind) {
    auto client = connect();
    auto upload = seen(client.ask(post("/api/v1/photos", multipart, photo() + part("name=\"language\"", "it") + photo("") + "--B--\r\n")));
    ASSERT_EQ(upload.files.size(), 2u);
    EXPECT_EQ(upload.files[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(upload.files[1].bytes, 0) << "an empty photo is the handler's to refuse";
    EXPECT_EQ(upload.fields["language"], "it");
    expect_clean(client);
}

TEST_F(UploadTest, a_file_that_the_handler_renames_away_stays) {
    auto client = connect();
    seen(client.ask(post("/api/v1/photos", multipart, part("name=\"keep\"; filename=\"a.jpg\"", "abc") + "--B--")));
    expect_clean(client);
    EXPECT_EQ(fs::file_size(folder / "kept"), 3u);
}

TEST_F(UploadTest, a_file_name_is_data_whatever_it_says) {
    auto client = connect();
    auto name_of = [&](std::string_view disposition) {
        auto upload = seen(client.ask(post("/api/v1/photos", multipart, part(disposition, "abc") + "--B--")));
        return upload.files.size() == 1 ? upload.files[0].file_name : std::string("?");
    };
    EXPECT_EQ(name_of(R"(name="photo"; filename="../../etc/passwd")"), "../../etc/passwd");
    EXPECT_EQ(name_of(R"(name="photo"; filename="C:\photos\x.jpg")"), R"(C:\photos\x.jpg)");
    EXPECT_EQ(name_of(R"(name="photo"; filename="say \"hi\".jpg")"), R"(say "hi".jpg)");
    EXPECT_EQ(name_of(R"(name="photo"; filename="say %22hi%22.jpg")"), R"(say "hi".jpg)");
    EXPECT_EQ(name_of("name=\"photo\"; filename=\"a\0b.jpg\""sv),
              "a\xef\xbf\xbd"
              "b.jpg");
    EXPECT_EQ(name_of("name=\"photo\"; filename=\"a\xff.jpg\""), "a\xef\xbf\xbd.jpg");
    EXPECT_EQ(name_of("name=\"photo\"; filename=\"größe.jpg\""), "größe.jpg");
    EXPECT_EQ(name_of("name=photo; filename=plain.jpg"), "plain.jpg");
    expect_clean(client);
}

TEST_F(UploadTest, a_file_input_in_which_nothing_was_chosen_is_no_photo) {
    auto upload = seen(connect().ask(post("/api/v1/photos", multipart, part("name=\"photo\"; filename=\"\"", "") + "--B--")));
    EXPECT_TRUE(upload.files.empty());
}

TEST_F(UploadTest, one_raw_image_is_a_photo_too) {
    auto client = connect();
    auto upload = seen(client.ask(post("/api/v1/photos", "image/jpeg", "abc", "Content-Disposition: attachment; filename=\"b.jpg\"\r\n")));
    ASSERT_EQ(upload.files.size(), 1u);
    EXPECT_EQ(upload.files[0].file_name, "b.jpg");
    EXPECT_EQ(upload.files[0].field, "");
    EXPECT_EQ(seen(client.ask(post("/api/v1/photos", "application/octet-stream", "abc"))).files.size(), 1u);
    EXPECT_EQ(client.ask(post("/api/v1/photos", "application/json", "{}")).status, 415);
    expect_clean(client);
}

TEST_F(UploadTest, a_file_too_large_is_413_and_names_the_limit_while_it_is_still_coming) {
    auto client = connect();
    auto announced =
        client.ask("POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 41000000\r\n\r\n");
    EXPECT_EQ(announced.status, 413) << "the length alone says it";
    EXPECT_EQ(announced.code(), "http.file_too_large");

    auto second = connect();
    second.send(
        "POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: "
        "chunked\r\n\r\n");
    auto text = photo(std::string(299'000, 'x')).substr(0, 250'000);
    second.send(fmt::format("{:x}\r\n{}\r\n", text.size(), text));
    std::string more(100'000, 'y');
    auto streamed = second.ask(fmt::format("{:x}\r\n{}\r\n", more.size(), more));  // and no end
    EXPECT_EQ(streamed.status, 413);
    EXPECT_NE(streamed.body.find("300000 bytes"), std::string::npos) << streamed.body;
    EXPECT_EQ(streamed.json().at("path").as_string(), "a.jpg");
    EXPECT_EQ(temporary_files(), 0u);
}

TEST_F(UploadTest, a_photo_too_many_is_refused) {
    auto client = connect();
    EXPECT_EQ(seen(client.ask(post("/api/v1/photos", multipart, photo() + photo() + photo() + "--B--"))).files.size(), 3u);
    auto answer = client.ask(post("/api/v1/photos", multipart, photo() + photo() + photo() + photo() + "--B--"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "http.too_many_files");
    EXPECT_NE(answer.body.find("3 photos"), std::string::npos);
    expect_clean(client);
}

TEST_F(UploadTest, a_body_that_cannot_be_read_is_refused_and_leaves_nothing) {
    for (const auto& [name, body] : std::map<std::string, std::string>{
             {"no end", photo()},
             {"no boundary", "just text"},
             {"a header without end", "--B\r\nContent-Disposition: form-data; name=\"a\"" + std::string(5000, 'x')},
             {"no name", part("filename=\"a.jpg\"", "abc") + "--B--"},
             {"two names", part("name=\"a\"; name=\"b\"", "abc") + "--B--"},
             {"two dispositions",
              "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nx\r\n--B--"},
             {"no disposition", "--B\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--B--"},
             {"base64", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--B--"},
             {"a boundary that goes on", photo() + "--BB\r\n\r\n"},
             {"a quote that does not end", part("name=\"a", "abc") + "--B--"},
             {"a field that is no text", part("name=\"a\"", "\xff\xd8\xff") + "--B--"}}) {
        auto answer = connect().ask(post("/api/v1/photos", multipart, body));
        EXPECT_EQ(answer.status, 400) << name << ": " << answer.body;
        EXPECT_TRUE(answer.code().starts_with("http.")) << name;
    }
    for (auto type : {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a b \"",
                      "multipart/form-data; boundary=a\x01"})
        EXPECT_EQ(connect().ask(post("/api/v1/photos", type, photo())).status, 400) << type;
    EXPECT_EQ(connect().ask(post("/api/v1/photos", multipart, part("name=\"a\"", std::string(300'000, 'x')) + "--B--")).code(),
              "http.fields_too_large");
    EXPECT_EQ(temporary_files(), 0u);
}

TEST_F(UploadTest, a_client_that_goes_away_leaves_nothing) {
    options.limits.threads = 1;
    {
        auto client = connect();
        client.send("POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 1000\r\n\r\nabc");
        while (temporary_files() == 0) std::this_thread::yield();
    }
    while (temporary_files() > 0) std::this_thread::yield();
}

TEST_F(UploadTest, what_an_earlier_process_left_is_removed_at_the_start) {
    fs::create_directories(options.temporary);
    std::ofstream(options.temporary / "upload-019a7b1c") << "left";
    start();
    EXPECT_EQ(temporary_files(), 0u);
}

TEST_F(UploadTest, the_client_sends_files_and_fields_and_tells_how_far_it_is) {
    std::ofstream(folder / "größe \"1\".jpg") << std::string(250'000, 'x');
    Client client;
    Sending sending{Method::post, "http://" + address() + "/api/v1/photos", {}, {}, {}, {}};
    sending.form = {{"photo", "", folder / "größe \"1\".jpg", ""}, {"language", "it", {}, ""}};
    std::uint64_t told = 0;
    sending.progress = [&](std::uint64_t sent, std::uint64_t total) {
        EXPECT_LE(sent, total);
        told = sent;
        return true;
    };
    auto answer = client.send(sending);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 201);
    auto upload = json::read<Upload>(json_of(*answer).value());
    ASSERT_TRUE(upload);
    EXPECT_EQ(upload->files.at(0).file_name, "größe \"1\".jpg");
    EXPECT_EQ(upload->files.at(0).bytes, 250'000);
    EXPECT_EQ(upload->fields.at("language"), "it");
    EXPECT_GT(told, 250'000u);

    sending.form = {{"photo", "", folder / "missing.jpg", ""}};
    EXPECT_EQ(client.send(sending).error().code, "client.file");
}

TEST_F(UploadTest, the_client_gives_the_servers_problem_as_an_error) {
    std::ofstream(folder / "large.jpg") << std::string(400'000, 'x');
    Client client;
    Sending sending{Method::post, "http://" + address() + "/api/v1/photos", {}, {}, {}, {}};
    sending.form = {{"photo", "", folder / "large.jpg", ""}};
    auto answer = client.send(sending);
    ASSERT_TRUE(answer) << answer.error().message;
    auto value = json_of(*answer);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().kind, Kind::limit);
    EXPECT_EQ(value.error().code, "http.file_too_large");
    for (auto address : {"ftp://127.0.0.1/", "file:///etc/passwd", "nonsense://x"}) {
        sending.url = address;
        EXPECT_EQ(client.send(sending).error().code, "client.address") << address;
    }
    sending = {Method::get, "http://127.0.0.1:1/", {}, {}, {}, {}};
    EXPECT_EQ(client.send(sending).error().code, "client.unreachable");
}

}  // namespace
}  // namespace vitrine::http::testing
