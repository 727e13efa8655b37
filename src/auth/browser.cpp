#include "auth/browser.hpp"

#include <fmt/format.h>

#include <cctype>

namespace vitrine::auth {
namespace {

std::string_view cookie_name(bool secure) {
    return secure ? "__Host-vitrine_session" : "vitrine_session";
}

std::string cookie(std::string_view value, bool secure, std::int64_t max_age) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", cookie_name(secure), value, max_age,
                       secure ? "; Secure" : "");
}

// "HTTPS://Shop.Example:443/path" and "https://shop.example" are the same origin. Empty when it is none.
std::string origin_of(std::string_view url) {
    std::string origin(url);
    for (char& c : origin) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    auto host = origin.find("://");
    if (host == std::string::npos) return {};
    host += 3;
    if (auto path = origin.find('/', host); path != std::string::npos) origin.resize(path);
    if (origin.size() == host) return {};
    if (origin.starts_with("http://") && origin.ends_with(":80")) origin.resize(origin.size() - 3);
    if (origin.starts_with("https://") && origin.ends_with(":443")) origin.resize(origin.size() - 4);
    return origin;
}

}  // namespace

std::string session_cookie(std::string_view secret, bool secure, std::chrono::seconds max_age) {
    return cookie(secret, secure, max_age.count());
}

std::string cleared_cookie(bool secure) {
    return cookie("", secure, 0);
}

std::string_view session_secret_in(const http::Request& request) {
    auto name = cookie_name(request.secure);
    for (std::string_view rest = request.headers.get("cookie"); !rest.empty();) {
        auto end = rest.find(';');
        auto pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
    }
    return {};
}

bool from_our_page(const http::Request& request, std::string_view public_url) {
    auto origin = origin_of(request.headers.get("origin"));
    if (origin.empty()) return false;
    return origin == origin_of(address_of(request)) || origin == origin_of(public_url);
}

std::string address_of(const http::Request& request) {
    return fmt::format("{}://{}", request.secure ? "https" : "http", request.headers.get("host"));
}

}  // namespace vitrine::auth
