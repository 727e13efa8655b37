#pragma once
// UTF-8: valid or not, and how many code points.

#include <optional>
#include <string>
#include <string_view>

namespace vitrine::utf8 {

// Code points, or none when the bytes are not valid UTF-8 (overlong forms and surrogates are not valid).
std::optional<std::size_t> length(std::string_view);

// At most `code_points_max` code points of it, never cutting one in half.
std::string_view prefix(std::string_view, std::size_t code_points_max);

}  // namespace vitrine::utf8
