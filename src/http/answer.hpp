#pragma once
// From a Response to bytes: what every answer carries, what a condition or a range turns it into, and its head.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace vitrine::http {

// Security headers, Cache-Control and X-Request-Id, where the handler has not set its own.
void complete(Response&, const Request&);

// If-None-Match against the ETag the handler set: 304, and the body is dropped.
void apply_condition(Response&, const Request&);

struct Range {
    std::uint64_t first = 0;
    std::uint64_t bytes = 0;
};
// The part of a file that is asked for, with the status and headers that say so. Several ranges at once, and those
// whose If-Range does not fit, get the whole file. None: 416, nothing to send.
std::optional<Range> apply_range(Response&, const Request&, std::uint64_t file_bytes);

struct Framed {
    std::optional<std::uint64_t> content_length;  // none: chunked, or to the end of the connection in HTTP/1.0
    bool keep_alive = true;
    bool http_1_0 = false;
};
std::string head_text(const Response&, const Framed&);

}  // namespace vitrine::http
