#pragma once
// Outgoing HTTP. http and https only; proxies of the environment are ignored; redirects are not followed. So far it
// speaks to a vitrine server that its user has named; fetching addresses that come from elsewhere needs a check of
// where they lead at connect, which is not here.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "http/message.hpp"

namespace vitrine::http {

// A part of a multipart form: a text, or a file when `file` is set.
struct FormPart {
    std::string name;
    std::string text;
    std::filesystem::path file;
    std::string file_name;  // as the server is told; of `file` when empty
};

struct Sending {
    Method method = Method::get;
    std::string url;
    Headers headers;
    std::string body;            // with a Content-Type among the headers
    std::vector<FormPart> form;  // instead of `body`
    // Called about once a second and at the end, on the calling thread, with bytes of the upload. False gives up.
    std::function<bool(std::uint64_t sent, std::uint64_t total)> progress;
};

struct Answer {
    int status = 0;
    Headers headers;
    std::string body;
};

struct ClientOptions {
    std::chrono::seconds connect_time_max{10};
    std::chrono::seconds silent_time_max{60};  // neither way a byte
    std::chrono::seconds total_time_max{0};    // 0: as long as it moves
    std::uint64_t answer_bytes_max = 64 << 20;
    std::string user_agent = "vitrine";
    std::filesystem::path authority = {};  // PEM; trusted beside those of the system
};

// Keeps its connection between calls. One thread at a time.
class Client {
public:
    explicit Client(ClientOptions = {});
    ~Client();

    // Whatever the status: an answer is no error.
    // Errors: client.address, client.file, client.unreachable, client.certificate, client.timeout, client.too_large,
    // client.stopped (by progress).
    Result<Answer> send(const Sending&);

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

// The JSON of an answer that went well. Errors: of a problem+json its own code and sentence, with the kind that its
// status means; client.moved when it sends elsewhere; client.answer when it is no JSON of ours.
Result<json::Value> json_of(const Answer&);

}  // namespace vitrine::http
