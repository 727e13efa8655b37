#include "vector/kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace vitrine::vector {
namespace {

bool runs_here() {
    return __builtin_cpu_supports("avx2");
}

// Without "fma" in the target no compiler can fuse the float sum's products into it.
#define VITRINE_AVX2 __attribute__((target("avx2")))

VITRINE_AVX2 inline __m256i products(const std::int8_t* row, __m256i query) {
    const __m256i levels = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row)));
    return _mm256_madd_epi16(levels, query);
}

VITRINE_AVX2 inline __m256i query_at(const std::int16_t* query) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query));
}

VITRINE_AVX2 inline std::int32_t total(__m256i sums) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    return _mm_cvtsi128_si32(four);
}

VITRINE_AVX2 void score_rows(const std::int8_t* rows, std::size_t count, std::size_t width, const std::int16_t* query, std::int32_t* out) {
    std::size_t i = 0;
    // Two rows at a time share each load of the query. The processor's own prefetching ends with each page, so the next rows
    // are asked for by hand; past the last row that asks for nothing that would fault.
    constexpr std::size_t ahead = 4096;
    for (; i + 2 <= count; i += 2, rows += 2 * width) {
        __m256i first = _mm256_setzero_si256();
        __m256i second = _mm256_setzero_si256();
        for (std::size_t j = 0; j < width; j += 16) {
            const __m256i part = query_at(query + j);
            _mm_prefetch(reinterpret_cast<const char*>(rows + 2 * j + ahead), _MM_HINT_T0);
            first = _mm256_add_epi32(first, products(rows + j, part));
            second = _mm256_add_epi32(second, products(rows + width + j, part));
        }
        out[i] = total(first);
        out[i + 1] = total(second);
    }
    if (i < count) {
        __m256i sums = _mm256_setzero_si256();
        for (std::size_t j = 0; j < width; j += 16) sums = _mm256_add_epi32(sums, products(rows + j, query_at(query + j)));
        out[i] = total(sums);
    }
}

VITRINE_AVX2 float dot(const float* a, const float* b, std::size_t width) {
    __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    for (std::size_t at = 0; at < width; at += lanes)
        for (std::size_t i = 0; i < 4; ++i)
            sums[i] = _mm256_add_ps(sums[i], _mm256_mul_ps(_mm256_loadu_ps(a + at + 8 * i), _mm256_loadu_ps(b + at + 8 * i)));
    alignas(32) float spilled[lanes];
    for (std::size_t i = 0; i < 4; ++i) _mm256_store_ps(spilled + 8 * i, sums[i]);
    return folded(spilled);
}

}  // namespace

const Kernels avx2_kernels{"avx2", runs_here, score_rows, dot};

}  // namespace vitrine::vector
#endif
