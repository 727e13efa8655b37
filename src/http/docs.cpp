// The description of the API, for programs and for people.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <cassert>
#include <mutex>

#include "http/route.hpp"
#include "http_embedded.hpp"

namespace vitrine::http {
namespace {

std::string sha256_base64(std::string_view text) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_Digest(text.data(), text.size(), hash, &length, EVP_sha256(), nullptr);
    std::string encoded(4 * ((length + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), hash, static_cast<int>(length));
    return encoded;
}

std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
    auto from = text.find(open) + open.size();
    return text.substr(from, text.find(close, from) - from);
}

std::string_view docs_page() {
    for (const EmbeddedFile& file : embedded_files())
        if (file.path == "data/docs.html") return file.bytes;
    assert(false);
    return {};
}

}  // namespace

Route openapi_route(const Router& router, std::string version) {
    struct Written {
        std::once_flag once;
        std::string text, tag;
    };
    Route route{Method::get, "/api/openapi.json", Right::open, "docs.openapi", "This description."};
    route.answer_schema = json::Object{{"type", "object"}};
    route.handler = [&router, version = std::move(version), written = std::make_shared<Written>()](Request&) -> Result<Response> {
        std::call_once(written->once, [&] {
            written->text = json::print(openapi(router.routes(), version));
            written->tag = fmt::format("\"{}\"", sha256_base64(written->text));
        });
        auto response = Response::text(200, "application/json", written->text);
        response.headers.set("etag", written->tag);
        return response;
    };
    return route;
}

Route docs_route() {
    Route route{Method::get, "/api/docs", Right::open, "docs.page", "This description as a page."};
    route.answer_type = "text/html; charset=utf-8";
    auto page = docs_page();
    // Nothing but the page's own script and style runs, whatever the description says.
    auto policy = fmt::format(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        sha256_base64(between(page, "<script>", "</script>")), sha256_base64(between(page, "<style>", "</style>")));
    route.handler = [page, policy = std::move(policy)](Request&) -> Result<Response> {
        auto response = Response::text(200, "text/html; charset=utf-8", std::string(page));
        response.headers.set("content-security-policy", policy);
        return response;
    };
    return route;
}

}  // namespace vitrine::http
