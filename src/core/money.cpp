#include "core/money.hpp"

#include <algorithm>

namespace vitrine {

Result<Currency> Currency::parse(std::string_view text) {
    bool letters = text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!letters) return Error{Kind::invalid, "money.currency", "A currency is three capital letters, like EUR."};
    return Currency{{text[0], text[1], text[2]}};
}

}  // namespace vitrine
