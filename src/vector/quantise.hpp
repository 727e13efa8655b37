#pragma once
// Inside this room only: rows as bytes and queries as 16-bit levels, with bounds on what that loses.
//
// A row x becomes levels r and a scale s with x = s * r + e, a query q becomes levels p and a scale t with q = t * p + f, so
//   <q, x> = s * t * <p, r> + <q, e> + <f, s * r>   and   |<q, x> - s * t * <p, r>| <= |q| * |e| + |f| * |s * r|,
// which holds always (Cauchy and Schwarz). A narrower one does not: flat parts of pictures give the errors a direction, and the
// query the same one (docs/decisions/0010).

#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::vector {

// The whole number nearest to one of less than four million: without a call, so that a compiler does many at once.
inline std::int32_t rounded(float number) {
    constexpr float rounder = 12582912;  // 1.5 * 2^23: added and taken away again it leaves no fraction
    return static_cast<std::int32_t>((number + rounder) - rounder);
}

// The largest without its sign.
float largest(std::span<const float>);

struct QuantisedRow {
    float scale = 0;
    float lost = 0;  // |e|, rounded up
    float kept = 0;  // |s * r|, rounded up
};

// Writes the levels, within +-127; what lies beyond the row's width is set to zero.
QuantisedRow quantise_row(std::span<const float> row, std::span<std::int8_t> levels);

struct QuantisedQuery {
    std::vector<std::int16_t> levels;  // padded
    float scale = 0;
    float lost = 0;  // |f|, rounded up
    float norm = 0;  // |q|, rounded up
};
QuantisedQuery quantise_query(std::span<const float> query);

}  // namespace vitrine::vector
