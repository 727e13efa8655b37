#pragma once
// Which kind of file this is, by its first bytes. The name it came with is never asked.

#include <string>
#include <variant>

#include "photo/bytes.hpp"
#include "photo/photo.hpp"

namespace vitrine::photo {

// One of ours, or what it is instead, in words that follow "This file is": "a PDF", "a web page", "not a photo".
using Sniffed = std::variant<Format, std::string>;

Sniffed sniff(Bytes file);

}  // namespace vitrine::photo
