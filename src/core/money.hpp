#pragma once
// Money: integer minor units with a currency. No floating point anywhere.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace vitrine {

// An ISO 4217 code.
struct Currency {
    std::array<char, 3> letters{'E', 'U', 'R'};

    // Errors: money.currency, when it is not three capital letters.
    static Result<Currency> parse(std::string_view);
    std::string_view text() const { return {letters.data(), letters.size()}; }
    auto operator<=>(const Currency&) const = default;
};

struct Money {
    std::int64_t amount = 0;  // minor units: 1250 is 12.50 EUR
    Currency currency;
    bool operator==(const Money&) const = default;
};

}  // namespace vitrine
