// The head of a request, in pieces of any size and in one: the same verdict, and an address that is taken means one thing.
//   build/fuzz/bin/http_head_fuzz src/http/testdata/corpus/head
// The first byte of an input is the size of the pieces; the rest is a request line, headers and a blank line.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/utf8.hpp"
#include "http/head.hpp"
#include "http/target.hpp"

namespace {

using namespace vitrine;

bool taken(std::string_view head, std::size_t piece) {
    for (std::size_t have = 0; have < head.size();) {
        const auto from = have;
        have = std::min(head.size(), have + piece);
        if (!http::check_lines(head.substr(0, have), from)) return false;
    }
    return true;
}

// "a: b" lines as headers, the way a parser that has checked the lines would give them.
http::Headers headers_of(std::string_view lines) {
    http::Headers headers;
    while (!lines.empty()) {
        auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) continue;
        auto value = line.substr(colon + 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        headers.add(line.substr(0, colon), std::string(value));
    }
    return headers;
}

void check_target(std::string_view text) {
    auto target = http::parse_target(text);
    if (!target) return;
    const auto& path = target->path;
    if (!path.starts_with('/') || path.find("/../") != std::string::npos || path.ends_with("/..") || path.find('\0') != std::string::npos ||
        path.find('\\') != std::string::npos)
        std::abort();
    (void)http::check_query(target->query, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    std::string_view head(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (taken(head, 1 + data[0]) != taken(head, head.size())) std::abort();

    auto line = head.substr(0, head.find('\r'));
    auto first = line.find(' '), last = line.rfind(' ');
    if (first != last) check_target(line.substr(first + 1, last - first - 1));

    auto rest = head.find('\n');
    auto headers = headers_of(rest == std::string_view::npos ? "" : head.substr(rest + 1));
    if (auto framing = http::framing_of(headers, data[0] % 2); framing && framing->chunked && framing->content_length) std::abort();
    (void)http::check_host(headers.get("Host"), {"192.0.2.1", "https://vitrine.example"});
    if (auto id = http::request_id_of(headers); id.empty() || id.size() > 64) std::abort();
    return 0;
}
