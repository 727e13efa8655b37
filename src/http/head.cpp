#include "http/head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/url.hpp>
#include <cctype>
#include <charconv>

#include "core/id.hpp"

namespace vitrine::http {
namespace {

Error malformed(std::string message) {
    return {Kind::invalid, "http.malformed_head", std::move(message)};
}

constexpr std::array<std::string_view, 16> singular{"host",
                                                    "authorization",
                                                    "cookie",
                                                    "content-type",
                                                    "content-length",
                                                    "content-encoding",
                                                    "transfer-encoding",
                                                    "content-disposition",
                                                    "origin",
                                                    "x-api-key",
                                                    "idempotency-key",
                                                    "if-match",
                                                    "expect",
                                                    "upgrade",
                                                    "range",
                                                    "last-event-id"};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

// "[::1]:8080" -> "::1"; nothing when it is not a host and a port.
std::optional<std::string> host_name(std::string_view host_and_port) {
    auto parsed = boost::urls::parse_authority(host_and_port);
    if (!parsed || parsed->has_userinfo() || parsed->encoded_host().empty()) return std::nullopt;
    return lower(parsed->host_type() == boost::urls::host_type::ipv6 ? std::string(parsed->host_address()) : std::string(parsed->host()));
}

}  // namespace

Result<void> check_lines(std::string_view raw, std::size_t from) {
    for (std::size_t i = from; i < raw.size(); ++i) {
        char c = raw[i], before = i > 0 ? raw[i - 1] : ' ';
        if (c == '\0') return malformed("The request's head has a NUL byte.");
        if ((c == '\n') != (before == '\r')) return malformed("The request's head has a lone CR or LF.");
        if ((c == ' ' || c == '\t') && before == '\n') return malformed("A header is folded over two lines.");
    }
    return {};
}

Result<Framing> framing_of(const Headers& headers, bool http_1_0) {
    for (auto name : singular)
        if (std::count_if(headers.all().begin(), headers.all().end(), [&](const auto& h) { return h.first == name; }) > 1)
            return malformed(fmt::format("The header {} comes twice.", name));
    if (!http_1_0 && !headers.has("host")) return malformed("The request has no Host.");
    Framing framing;
    bool has_length = headers.has("content-length");
    if (headers.has("transfer-encoding")) {
        if (has_length) return malformed("Content-Length and Transfer-Encoding come together.");
        if (http_1_0) return malformed("HTTP/1.0 has no Transfer-Encoding.");
        if (lower(headers.get("transfer-encoding")) != "chunked")
            return Error{Kind::invalid, "http.transfer_encoding", "The only Transfer-Encoding taken is \"chunked\"."};
        framing.chunked = true;
    }
    if (has_length) {
        auto text = headers.get("content-length");
        std::uint64_t length = 0;
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
        if (text.empty() || error != std::errc{} || end != text.data() + text.size())
            return malformed("The Content-Length is not a plain number.");
        framing.content_length = length;
    }
    return framing;
}

Result<void> check_host(std::string_view host, const OurNames& ours) {
    if (auto name = host_name(host)) {
        if (*name == "localhost" || *name == "127.0.0.1" || *name == "::1" || *name == lower(ours.local_address)) return {};
        if (std::ranges::find(ours.names, *name) != ours.names.end()) return {};
        if (!ours.public_url.empty())
            if (auto url = boost::urls::parse_uri(ours.public_url); url && host_name(url->encoded_host_and_port()) == name) return {};
    }
    return Error{Kind::invalid, "http.wrong_host",
                 "This server does not answer under that name. Use its address, or set http.public_url to the address people use."};
}

std::string request_id_of(const Headers& headers) {
    auto given = headers.get("x-request-id");
    bool sane = !given.empty() && given.size() <= 64 && std::all_of(given.begin(), given.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
    });
    return sane ? std::string(given) : to_string(make_uuid_v7());
}

}  // namespace vitrine::http
