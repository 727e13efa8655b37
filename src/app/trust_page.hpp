#pragma once
// How a phone or a computer comes to trust our local authority: a page, the certificate as a file, and as a profile for
// iPhones. It is what plain HTTP gets when TLS is on, so it holds nothing secret and no script.

#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace vitrine::app {

struct Trust {
    std::string pem, der;
    std::string fingerprint;  // "5A:01:..."
};

// GET /trust and what it links to; none for any other path. `home` is where the page sends who is done.
std::optional<http::Response> trust_page(const Trust&, std::string_view path, std::string_view home);

}  // namespace vitrine::app
