#include "app/page.hpp"

#include <string>
#include <unordered_map>

#include "app_embedded.hpp"

namespace vitrine::app {
namespace {

struct Type {
    std::string_view ending, content_type;
};
constexpr Type types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript"},
    {".css", "text/css"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".png", "image/png"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain"},
    {".webmanifest", "application/manifest+json"},
};

std::string_view type_of(std::string_view path) {
    for (const auto& type : types)
        if (path.ends_with(type.ending)) return type.content_type;
    return "application/octet-stream";
}

const std::unordered_map<std::string_view, std::string_view>& files() {
    static const auto map = [] {
        std::unordered_map<std::string_view, std::string_view> made;
        constexpr std::string_view root = "web/build/";
        for (const auto& file : embedded_files())
            if (file.path.starts_with(root)) made.emplace(file.path.substr(root.size()), file.bytes);
        return made;
    }();
    return map;
}

// The policy that the page's build wrote into a meta tag (hashes of its inline scripts); the server sends the same as
// a header, with what a meta tag cannot say.
std::string policy(std::string_view html) {
    constexpr std::string_view mark = "http-equiv=\"content-security-policy\" content=\"";
    auto at = html.find(mark);
    std::string policy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'";
    if (at != std::string_view::npos) {
        auto start = at + mark.size();
        policy = std::string(html.substr(start, html.find('"', start) - start));
        for (auto quote = policy.find("&#39;"); quote != std::string::npos; quote = policy.find("&#39;")) policy.replace(quote, 5, "'");
    }
    return policy + "; frame-ancestors 'none'; form-action 'self'";
}

constexpr std::string_view not_built =
    "<!doctype html><title>vitrine</title><h1>vitrine</h1><p>This program was built without its page. "
    "Run <code>make build</code>, which builds web/ first. The API is at <a href=\"/api/docs\">/api/docs</a>.";

}  // namespace

std::optional<http::Response> page(std::string_view path) {
    auto name = path.substr(path.starts_with('/') ? 1 : 0);
    bool is_file = name.find('.') != std::string_view::npos;
    auto found = files().find(is_file ? name : std::string_view("index.html"));
    if (found == files().end()) {
        if (is_file) return std::nullopt;
        return http::Response::text(200, "text/html; charset=utf-8", std::string(not_built));
    }
    auto response = http::Response::text(200, type_of(found->first), std::string(found->second));
    // Built files carry a hash in their name and never change; the page itself is asked for each time.
    bool hashed = name.starts_with("_app/immutable/");
    response.headers.set("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (!is_file || name.ends_with(".html")) response.headers.set("Content-Security-Policy", policy(found->second));
    return response;
}

}  // namespace vitrine::app
