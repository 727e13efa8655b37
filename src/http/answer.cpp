#include "http/answer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ctime>

namespace vitrine::http {
namespace {

std::string_view reason(int status) {
    switch (status) {
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 308:
            return "Permanent Redirect";
        default:
            return status < 400 ? "OK" : status < 500 ? "Client Error" : "Server Error";
    }
}

// "Thu, 21 Nov 2026 11:32:46 GMT", made once a second.
const std::string& date_now() {
    thread_local std::time_t made = 0;
    thread_local std::string text;
    if (auto now = std::time(nullptr); now != made) {
        made = now;
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        char buffer[40];
        text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    }
    return text;
}

void set_if_absent(Headers& headers, std::string_view name, std::string_view value) {
    if (!headers.has(name)) headers.set(name, std::string(value));
}

std::string_view without_weak(std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

bool names_tag(std::string_view list, std::string_view tag) {
    while (!list.empty()) {
        auto comma = list.find(',');
        auto one = list.substr(0, comma);
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one == "*" || without_weak(one) == without_weak(tag)) return true;
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    return false;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

void complete(Response& response, const Request& request) {
    auto& headers = response.headers;
    set_if_absent(headers, "x-content-type-options", "nosniff");
    set_if_absent(headers, "referrer-policy", "no-referrer");
    set_if_absent(headers, "content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    set_if_absent(headers, "cross-origin-resource-policy", "same-origin");
    set_if_absent(headers, "x-frame-options", "DENY");
    // A person's data stays out of caches unless the handler says otherwise.
    set_if_absent(headers, "cache-control", headers.has("etag") ? "private, no-cache" : "no-store");
    headers.set("x-request-id", request.request_id);
}

void apply_condition(Response& response, const Request& request) {
    if (request.method != Method::get || response.status != 200) return;
    auto tag = response.headers.get("etag");
    if (tag.empty() || !names_tag(request.headers.get("if-none-match"), tag)) return;
    response.status = 304;
    response.body = std::string();
}

std::optional<Range> apply_range(Response& response, const Request& request, std::uint64_t file_bytes) {
    Range whole{0, file_bytes};
    if (response.status != 200) return whole;
    response.headers.set("accept-ranges", "bytes");
    auto text = request.headers.get("range");
    auto condition = request.headers.get("if-range");
    if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return whole;
    if (!condition.empty() && (condition.starts_with("W/") || condition != response.headers.get("etag"))) return whole;

    text.remove_prefix(6);
    auto dash = text.find('-');
    if (dash == std::string_view::npos) return whole;
    auto from = number(text.substr(0, dash)), to = number(text.substr(dash + 1));
    if ((!from && dash != 0) || (!to && dash + 1 != text.size()) || (!from && !to) || (from && to && *to < *from)) return whole;

    Range range;
    if (!from) {  // the last so many bytes
        range.bytes = std::min(*to, file_bytes);
        range.first = file_bytes - range.bytes;
    } else if (*from < file_bytes) {
        range.first = *from;
        range.bytes = std::min(to.value_or(file_bytes - 1), file_bytes - 1) - *from + 1;
    }
    if (range.bytes == 0) {
        response.status = 416;
        response.headers.set("content-range", fmt::format("bytes */{}", file_bytes));
        return std::nullopt;
    }
    response.status = 206;
    response.headers.set("content-range", fmt::format("bytes {}-{}/{}", range.first, range.first + range.bytes - 1, file_bytes));
    return range;
}

std::string head_text(const Response& response, const Framed& framed) {
    std::string head;
    head.reserve(1024);
    head.append("HTTP/1.1 ").append(fmt::format_int(response.status).c_str()).append(" ").append(reason(response.status));
    head.append("\r\nDate: ").append(date_now()).append("\r\n");
    for (const auto& [name, value] : response.headers.all()) head.append(name).append(": ").append(value).append("\r\n");
    bool has_body = response.status != 204 && response.status != 304;
    if (framed.content_length && has_body)
        head.append("content-length: ").append(fmt::format_int(*framed.content_length).c_str()).append("\r\n");
    if (!framed.content_length && !framed.http_1_0) head += "transfer-encoding: chunked\r\n";
    if (!framed.keep_alive)
        head += "connection: close\r\n";
    else if (framed.http_1_0)
        head += "connection: keep-alive\r\n";
    head += "\r\n";
    return head;
}

}  // namespace vitrine::http
