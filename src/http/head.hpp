#pragma once
// What must hold of a request's head before anything is done with it. Readers of HTTP that disagree about where a
// request ends can be played against each other (request smuggling), so whatever could be read in two ways is refused.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/message.hpp"

namespace vitrine::http {

// The raw bytes as far as they have come, at most up to and with the blank line; those before `from` have been checked.
// No folded header, no lone CR or LF, no NUL. Errors: http.malformed_head.
Result<void> check_lines(std::string_view raw_head, std::size_t from = 0);

struct Framing {
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};
// Content-Length and Transfer-Encoding: one of them, once, spelled plainly; and no other header twice that decides
// who asks or what for (Host, Authorization, Content-Type ...).
// Errors: http.malformed_head, http.transfer_encoding.
Result<Framing> framing_of(const Headers&, bool http_1_0);

// DNS rebinding: a page elsewhere can make a browser send us requests under a name of its own, so only names of ours
// are answered: a loopback name, the address the client reached us at, the host of `public_url` or a name of this machine;
// any port, since a container may map it. Errors: http.wrong_host.
struct OurNames {
    std::string_view local_address, public_url;
    std::span<const std::string> names = {};  // in lower case
};
Result<void> check_host(std::string_view host, const OurNames& ours);

// As the client sent it when it is 1 to 64 letters, digits, '.', '_', '-'; else a new one.
std::string request_id_of(const Headers&);

}  // namespace vitrine::http
