#pragma once
// Inside this room only: the inner loops, in one form per kind of processor, all with the same results to the last bit.
//
// Integer sums are exact in any order. Float sums are taken in a fixed number of lanes, multiplied and added without fusing, and
// the lanes are folded in one fixed order, so that neither a score nor what is learned depends on the machine.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/result.hpp"
#include "vector/shape.hpp"

namespace vitrine::vector {

// Rows are padded with zeros to a multiple of this many numbers.
constexpr std::size_t lanes = 32;
constexpr std::size_t padded(std::size_t width) {
    return (width + lanes - 1) / lanes * lanes;
}

// The largest number in a query: products with the bytes of the widest row still fit into 32 bits.
constexpr int query_level_max = 4095;
static_assert(static_cast<std::int64_t>(width_max) * 127 * query_level_max <= INT32_MAX);

// Codes lie in groups of eight rows, four of their numbers beside one another: number j of row i stands at
// i / 8 * 8 * rank + j / 4 * 32 + i % 8 * 4 + j % 4, as the number plus 128. `rank` is a multiple of eight.
constexpr std::size_t code_group = 8;
constexpr std::size_t place_in_codes(std::size_t row, std::size_t number, std::size_t rank) {
    return row / code_group * code_group * rank + number / 4 * 32 + row % code_group * 4 + number % 4;
}
// The largest number in a query that codes are scored by: two products of bytes fit into 16 bits.
constexpr int code_query_max = 63;
static_assert(2 * 255 * code_query_max <= INT16_MAX);

struct Kernels {
    std::string_view name;
    bool (*runs_here)();
    // out[i] = the sum of rows[i * width + j] * query[j] over j. `width` is a multiple of `lanes`; the rows' levels are
    // within +-127, the query's within +-query_level_max.
    void (*score_rows)(const std::int8_t* rows, std::size_t count, std::size_t width, const std::int16_t* query, std::int32_t* out);
    // The inner product of two rows. `width` is a multiple of `lanes`.
    float (*dot)(const float* a, const float* b, std::size_t width);
    // out[i] = the inner product of row i of `groups` groups of codes with the query, whose numbers are within +-code_query_max.
    void (*score_codes)(const std::uint8_t* codes, std::size_t groups, std::size_t rank, const std::int8_t* query, std::int32_t* out);
    // out[i * b_rows + j] = the inner product of rows a[i] and b[j], summed in eight lanes. `width` is a multiple of eight.
    void (*products)(const float* a, std::size_t a_rows, const float* b, std::size_t b_rows, std::size_t width, float* out);
};

// From the fastest to the one that runs everywhere; some may not run on this machine.
std::span<const Kernels* const> all_kernels();

// The fastest that runs here.
const Kernels& best_kernels();

// "auto", or one by name. Errors: vector.kernels (no such name, or not on this processor).
Result<const Kernels*> kernels_named(std::string_view name);

extern const Kernels portable_kernels;
#if defined(__x86_64__)
extern const Kernels avx2_kernels;
// The learning's own, for the AVX-512 kernels too: it is done seldom, and eight lanes are what it sums in.
void avx2_products(const float* a, std::size_t a_rows, const float* b, std::size_t b_rows, std::size_t width, float* out);
extern const Kernels avx512_kernels;
#endif

// The lanes' sum in its one order: halves are added until one number is left.
template <std::size_t count>
inline float folded(float (&sums)[count]) {
    for (std::size_t half = count / 2; half > 0; half /= 2)
        for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
    return sums[0];
}

}  // namespace vitrine::vector
