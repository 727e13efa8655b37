#include <algorithm>

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

void score_codes(const std::uint8_t* codes, std::size_t groups, std::size_t rank, const std::int8_t* query, std::int32_t* out) {
    for (std::size_t group = 0; group < groups; ++group, codes += code_group * rank, out += code_group) {
        std::int32_t sums[code_group] = {};
        for (std::size_t j = 0; j < rank; j += 4)
            for (std::size_t i = 0; i < code_group; ++i)
                for (std::size_t l = 0; l < 4; ++l) sums[i] += (codes[j * code_group + i * 4 + l] - 128) * query[j + l];
        std::copy_n(sums, code_group, out);
    }
}

void products(const float* a, std::size_t a_rows, const float* b, std::size_t b_rows, std::size_t width, float* out) {
    for (std::size_t i = 0; i < a_rows; ++i)
        for (std::size_t j = 0; j < b_rows; ++j) {
            float sums[8] = {};
            for (std::size_t at = 0; at < width; at += 8) {
                float parts[8];
                for (std::size_t l = 0; l < 8; ++l) parts[l] = a[i * width + at + l] * b[j * width + at + l];
                for (std::size_t l = 0; l < 8; ++l) sums[l] += parts[l];
            }
            out[i * b_rows + j] = folded(sums);
        }
}

}  // namespace

const Kernels portable_kernels{"portable", runs_here, score_rows, dot, score_codes, products};

}  // namespace vitrine::vector
