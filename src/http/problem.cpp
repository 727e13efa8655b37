// From an Error to a status and a problem+json (RFC 9457): the one place where it is decided.
#include <array>

#include "http/message.hpp"

namespace vitrine::http {

int status_of(Kind kind) {
    switch (kind) {
        case Kind::invalid:
            return 422;
        case Kind::not_found:
            return 404;
        case Kind::conflict:
            return 409;
        case Kind::denied:
            return 403;
        case Kind::limit:
            return 429;
        case Kind::unavailable:
            return 503;
        case Kind::corrupt:
            return 500;
        case Kind::internal:
            return 500;
    }
    return 500;
}

namespace {

struct Exact {
    std::string_view code;
    int status;
};

// HTTP has a status of its own for these; programs and caches act on it before they read the code.
constexpr std::array exact{
    Exact{"auth.required", 401},          Exact{"auth.expired", 401},
    Exact{"auth.revoked", 401},           Exact{"auth.unknown_key", 401},
    Exact{"auth.wrong_password", 401},    Exact{"auth.bad_token", 401},
    Exact{"body.malformed", 400},         Exact{"http.method_not_allowed", 405},
    Exact{"http.timeout", 408},           Exact{"http.target_too_long", 414},
    Exact{"http.unsupported_type", 415},  Exact{"http.range", 416},
    Exact{"http.expectation", 417},       Exact{"http.wrong_host", 421},
    Exact{"http.upgrade_required", 426},  Exact{"http.headers_too_large", 431},
    Exact{"http.transfer_encoding", 501}, Exact{"http.version", 505},
};

std::string_view title_of(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Internal Server Error";
    }
}

}  // namespace

int status_of(const Error& error) {
    for (const auto& [code, status] : exact)
        if (error.code == code) return status;
    if ((error.kind == Kind::limit || error.kind == Kind::invalid) && error.code.ends_with("too_large")) return 413;
    if (error.kind == Kind::conflict && error.code.ends_with(".changed")) return 412;
    if (error.kind == Kind::invalid && error.code.starts_with("http.")) return 400;
    return status_of(error.kind);
}

Response problem(const Error& error, const std::string& request_id) {
    int status = status_of(error);
    json::Object body{
        {"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", error.message}, {"code", error.code}};
    // Paths of an internal error are files and rows of ours, not places in the caller's input.
    if (!error.path.empty() && status < 500) body["path"] = error.path;
    body["request_id"] = request_id;
    auto response = Response::text(status, "application/problem+json", json::print(body));
    if (status == 401) response.headers.set("www-authenticate", "Bearer realm=\"vitrine\"");
    if (status == 429 || status == 503) response.headers.set("retry-after", std::to_string(std::max(1, error.retry_after_seconds)));
    return response;
}

}  // namespace vitrine::http
