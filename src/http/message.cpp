#include "http/message.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace vitrine::http {
namespace {

// RFC 9110, 5.6.2. By table, and without the C library's locale: every header of every request passes here.
constexpr auto token_characters = [] {
    std::array<bool, 256> allowed{};
    for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
    for (char c : std::string_view("!#$%&'*+-.^_`|~")) allowed[static_cast<unsigned char>(c)] = true;
    return allowed;
}();

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_name(std::string_view name) {
    std::string kept;
    kept.reserve(name.size());
    for (char c : name)
        if (token_characters[static_cast<unsigned char>(c)]) kept += lower(c);
    return kept;
}

// A value made from a person's text must not be able to end the line and start a header of its own.
std::string one_line(std::string value) {
    for (char& c : value)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return value;
}

bool same_name(std::string_view kept, std::string_view asked) {
    if (kept.size() != asked.size()) return false;
    for (std::size_t i = 0; i < kept.size(); ++i)
        if (kept[i] != lower(asked[i])) return false;
    return true;
}

}  // namespace

std::string_view name_of(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::del:
            return "DELETE";
    }
    return "GET";
}

void Headers::set(std::string_view name, std::string value) {
    std::erase_if(all_, [&](const auto& header) { return same_name(header.first, name); });
    add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
    all_.emplace_back(lower_name(name), one_line(std::move(value)));
}

std::string_view Headers::get(std::string_view name) const {
    for (const auto& [kept, value] : all_)
        if (same_name(kept, name)) return value;
    return {};
}

bool Headers::has(std::string_view name) const {
    return std::any_of(all_.begin(), all_.end(), [&](const auto& header) { return same_name(header.first, name); });
}

Response Response::json(int status, const json::Value& value) {
    return text(status, "application/json", json::print(value));
}

Response Response::text(int status, std::string_view content_type, std::string body) {
    Response response;
    response.status = status;
    response.headers.set("content-type", std::string(content_type));
    response.body = std::move(body);
    return response;
}

Response Response::file(std::string_view content_type, std::filesystem::path path) {
    Response response;
    response.headers.set("content-type", std::string(content_type));
    response.body = FileBody{std::move(path)};
    return response;
}

Response Response::empty(int status) {
    Response response;
    response.status = status;
    return response;
}

std::string etag_of(std::int64_t version) {
    return fmt::format("\"{}\"", version);
}

Result<std::optional<std::int64_t>> if_match(const Request& request) {
    auto text = request.headers.get("if-match");
    if (text == "*") return std::optional<std::int64_t>{};
    if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
        std::int64_t version = 0;
        const auto* last = text.data() + text.size() - 1;
        auto [end, error] = std::from_chars(text.data() + 1, last, version);
        if (error == std::errc{} && end == last) return std::optional(version);
    }
    return Error{Kind::invalid, "http.if_match",
                 "Send the ETag you last saw as If-Match, so that nobody's change is lost; If-Match: * overrides."};
}

}  // namespace vitrine::http
