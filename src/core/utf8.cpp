#include "core/utf8.hpp"

#include <cstdint>

namespace vitrine::utf8 {
namespace {

// Bytes of the code point that starts at `at`, or 0 when it is not valid.
std::size_t step(std::string_view text, std::size_t at) {
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
    std::uint8_t first = byte(0);
    if (first < 0x80) return 1;
    std::size_t size = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
    if (size == 0 || at + size > text.size()) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return size;
}

}  // namespace

std::optional<std::size_t> length(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        auto size = step(text, at);
        if (size == 0) return std::nullopt;
        at += size;
    }
    return count;
}

std::string_view prefix(std::string_view text, std::size_t code_points_max) {
    std::size_t at = 0;
    for (std::size_t count = 0; at < text.size() && count < code_points_max; ++count) {
        auto size = step(text, at);
        at += size == 0 ? 1 : size;
    }
    return text.substr(0, at);
}

}  // namespace vitrine::utf8
