#pragma once
// A request as a handler sees it, and the response it gives back. Plain values; no library shows.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/id.hpp"
#include "core/json.hpp"
#include "core/result.hpp"

namespace vitrine::http {

enum class Method { get, post, put, patch, del };
std::string_view name_of(Method);  // "GET"

// Header names are compared without case; kept in lower case. A value stays on its line: control characters become
// spaces, so that a person's text in a header cannot start another.
class Headers {
public:
    void set(std::string_view name, std::string value);
    void add(std::string_view name, std::string value);  // Set-Cookie
    std::string_view get(std::string_view name) const;   // empty when absent
    bool has(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

// A body or a multipart file, on disk while the request lives: hashed and counted on the way in. A handler that keeps
// it renames `path` away.
struct UploadedFile {
    std::string field;      // multipart field name; empty for a raw body
    std::string file_name;  // as the client says, data only: never a path
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::string sha256;  // hex
};

// Who calls, once admitted. `person` is absent for an API key that belongs to a program.
struct Caller {
    WorkspaceId workspace;
    std::optional<PersonId> person;
    std::string name;        // for audit rows: "Ada", "key:phone", "local"
    std::string credential;  // id of the session, key or token
};

struct Request {
    Method method = Method::get;
    std::string path;                           // decoded, normalised
    std::map<std::string, std::string> params;  // of the route: {id}
    std::map<std::string, std::string> query;   // decoded; the last of a repeated name
    Headers headers;
    std::string body;                           // JSON bodies, within the route's limit
    std::map<std::string, std::string> fields;  // multipart text fields
    std::vector<UploadedFile> files;            // multipart files, or the raw body of an image route
    std::string peer;                           // address of the client (through trusted proxies)
    bool secure = false;                        // TLS here or at a trusted proxy
    std::string request_id;
    std::optional<Caller> caller;  // set for every route that is not Right::open

    // The caller of a route that requires one.
    const Caller& who() const { return *caller; }
    // A path parameter as an id. Errors: not_found (a malformed id names nothing).
    template <class SomeId>
    Result<SomeId> id(const std::string& name) const {
        auto found = params.find(name);
        if (found != params.end())
            if (auto parsed = SomeId::parse(found->second)) return *parsed;
        return Error{Kind::not_found, "http.not_found", "There is nothing with this id."};
    }
    std::optional<std::string> query_if(const std::string& name) const {
        auto found = query.find(name);
        return found == query.end() ? std::nullopt : std::optional(found->second);
    }
};

// Streams server-sent events: `next` is asked on a pool thread each time `wake` was called (or after `heartbeat`), and
// gives the text to send, possibly empty. No thread is held between.
struct EventStream {
    // Starts it; `wake` may be called from any thread, any number of times, until the stream is destroyed.
    std::function<void(std::function<void()> wake)> start;
    // The frames to send now. Errors end the stream.
    std::function<Result<std::string>()> next;
};

struct FileBody {
    std::filesystem::path path;  // sent with sendfile-like streaming; ranges are honoured
};

struct Response {
    int status = 200;
    Headers headers;
    std::variant<std::string, FileBody, std::shared_ptr<EventStream>> body;

    static Response json(int status, const json::Value&);
    static Response text(int status, std::string_view content_type, std::string body);
    static Response file(std::string_view content_type, std::filesystem::path);
    static Response empty(int status = 204);
};

// The ETag of a thing that counts its versions, `"3"`.
std::string etag_of(std::int64_t version);
// The version that If-Match names; none for "*", which matches any. Errors: http.if_match.
Result<std::optional<std::int64_t>> if_match(const Request&);

// The problem+json of an Error: {type, title, status, detail, code, path?, request_id}, with Retry-After on 429 and 503.
Response problem(const Error&, const std::string& request_id);

// The one place where an error becomes a status. The kind decides:
//   invalid 422   not_found 404   conflict 409   denied 403   limit 429   unavailable 503   corrupt, internal 500
// and some codes have a status of their own:
//   body.malformed and http.* that are invalid: 400      *too_large: 413      *.changed (conflict, If-Match): 412
//   auth.required, .expired, .revoked, .unknown_key, .wrong_password, .bad_token: 401
//   http.unsupported_type 415, http.wrong_host 421, http.headers_too_large 431 and the like: the table in problem.cpp
int status_of(Kind);
int status_of(const Error&);

}  // namespace vitrine::http
