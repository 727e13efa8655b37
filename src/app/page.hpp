#pragma once
// The web page, compiled into the program (web/build), with its content security policy.

#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace vitrine::app {

// The file of this path; `/` and paths without a dot give index.html. None when there is no such file.
std::optional<http::Response> page(std::string_view path);

}  // namespace vitrine::app
