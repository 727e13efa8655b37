#include "vector/kernels.hpp"

namespace vitrine::vector {
namespace {

bool runs_here() {
    return true;
}

void score_rows(const std::int8_t* rows, std::size_t count, std::size_t width, const std::int16_t* query, std::int32_t* out) {
    for (std::size_t i = 0; i < count; ++i, rows += width) {
        std::int32_t sum = 0;
        for (std::size_t j = 0; j < width; ++j) sum += rows[j] * query[j];
        out[i] = sum;
    }
}

// Product and sum stand in two statements, so that no compiler fuses them.
float dot(const float* a, const float* b, std::size_t width) {
    float sums[lanes] = {};
    for (std::size_t at = 0; at < width; at += lanes) {
        float products[lanes];
        for (std::size_t i = 0; i < lanes; ++i) products[i] = a[at + i] * b[at + i];
        for (std::size_t i = 0; i < lanes; ++i) sums[i] += products[i];
    }
    return folded(sums);
}

}  // namespace

const Kernels portable_kernels{"portable", runs_here, score_rows, dot};

}  // namespace vitrine::vector
