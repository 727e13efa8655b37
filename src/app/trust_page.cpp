#include "app/trust_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app_embedded.hpp"

namespace vitrine::app {
namespace {

using http::Response;

std::string_view embedded(std::string_view path) {
    for (const auto& file : embedded_files())
        if (file.path == path) return file.bytes;
    return {};
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (char c : text) safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
    return safe;
}

Response page(std::string_view home) {
    std::string html(embedded("src/app/data/trust.html"));
    replace_all(html, "{home}", escaped(home));
    auto response = Response::text(200, "text/html; charset=utf-8", std::move(html));
    response.headers.set("Content-Security-Policy",
                         "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    return response;
}

Response download(std::string_view type, std::string_view name, std::string bytes) {
    auto response = Response::text(200, type, std::move(bytes));
    response.headers.set("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
    return response;
}

// What stands between the first and the last line of a PEM text is its DER in base64.
std::string base64_of(std::string_view pem) {
    auto from = pem.find('\n') + 1;
    return std::string(pem.substr(from, pem.find("-----END") - from));
}

// A UUID out of 16 bytes of the fingerprint, so that a profile that is installed again takes the place of the first.
std::string uuid_of(std::string_view fingerprint, std::size_t from) {
    std::string hex;
    for (char c : fingerprint)
        if (c != ':') hex += c;
    hex = hex.substr(from, 32);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

std::string profile(const Trust& trust) {
    std::string text(embedded("src/app/data/trust.mobileconfig"));
    replace_all(text, "{certificate}", base64_of(trust.pem));
    replace_all(text, "{uuid}", uuid_of(trust.fingerprint, 0));
    replace_all(text, "{profile uuid}", uuid_of(trust.fingerprint, 32));
    return text;
}

}  // namespace

std::optional<Response> trust_page(const Trust& trust, std::string_view path, std::string_view home) {
    if (path == "/trust") return page(home);
    if (path == "/trust/page.css") return Response::text(200, "text/css; charset=utf-8", std::string(embedded("src/app/data/trust.css")));
    if (path == "/trust/ca.crt") return download("application/x-x509-ca-cert", "vitrine-ca.crt", trust.der);
    if (path == "/trust/ca.pem") return download("application/x-pem-file", "vitrine-ca.pem", trust.pem);
    if (path == "/trust/vitrine.mobileconfig") return download("application/x-apple-aspen-config", "vitrine.mobileconfig", profile(trust));
    return std::nullopt;
}

}  // namespace vitrine::app
