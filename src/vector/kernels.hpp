#pragma once
// Inside this room only: the inner loops, in one form per kind of processor, all with the same results to the last bit.
//
// Integer sums are exact in any order. The float sum is taken in 32 lanes, multiplied and added without fusing, and the
// lanes are folded in one fixed order, so that a score does not depend on the machine that computed it.

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

struct Kernels {
    std::string_view name;
    bool (*runs_here)();
    // out[i] = the sum of rows[i * width + j] * query[j] over j. `width` is a multiple of `lanes`; the rows' levels are
    // within +-127, the query's within +-query_level_max.
    void (*score_rows)(const std::int8_t* rows, std::size_t count, std::size_t width, const std::int16_t* query, std::int32_t* out);
    // The inner product of two rows. `width` is a multiple of `lanes`.
    float (*dot)(const float* a, const float* b, std::size_t width);
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
extern const Kernels avx512_kernels;
#endif

// The lanes' sum in its one order: halves are added until one number is left.
inline float folded(float (&sums)[lanes]) {
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
        for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
    return sums[0];
}

}  // namespace vitrine::vector
