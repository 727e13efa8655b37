#include <algorithm>

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

VITRINE_AVX2 inline __m256 product(const float* a, const float* b) {
    return _mm256_mul_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b));
}

// The four sums have names, because in an array the compiler keeps them in memory.
VITRINE_AVX2 float dot(const float* a, const float* b, std::size_t width) {
    __m256 first = _mm256_setzero_ps(), second = first, third = first, fourth = first;
    for (std::size_t at = 0; at < width; at += lanes) {
        first = _mm256_add_ps(first, product(a + at, b + at));
        second = _mm256_add_ps(second, product(a + at + 8, b + at + 8));
        third = _mm256_add_ps(third, product(a + at + 16, b + at + 16));
        fourth = _mm256_add_ps(fourth, product(a + at + 24, b + at + 24));
    }
    alignas(32) float spilled[lanes];
    _mm256_store_ps(spilled, first);
    _mm256_store_ps(spilled + 8, second);
    _mm256_store_ps(spilled + 16, third);
    _mm256_store_ps(spilled + 24, fourth);
    return folded(spilled);
}

VITRINE_AVX2 void score_codes(const std::uint8_t* codes, std::size_t groups, std::size_t rank, const std::int8_t* query,
                              std::int32_t* out) {
    std::int32_t total = 0;
    for (std::size_t j = 0; j < rank; ++j) total += query[j];
    const __m256i start = _mm256_set1_epi32(-128 * total);
    const __m256i one = _mm256_set1_epi16(1);
    for (std::size_t group = 0; group < groups; ++group, out += code_group) {
        __m256i sums = start;
        for (std::size_t j = 0; j < rank; j += 4, codes += 32) {
            std::int32_t four;
            __builtin_memcpy(&four, query + j, sizeof four);
            const __m256i pairs =
                _mm256_maddubs_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes)), _mm256_set1_epi32(four));
            sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, one));
        }
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sums);
    }
}

VITRINE_AVX2 inline float sum_of(__m256 lanes_of_sum) {
    alignas(32) float spilled[8];
    _mm256_store_ps(spilled, lanes_of_sum);
    return folded(spilled);
}

}  // namespace

// Four rows by two at a time, so that each load is used more than once; rows of `b` in runs that stay in the cache.
VITRINE_AVX2 void avx2_products(const float* a, std::size_t a_rows, const float* b, std::size_t b_rows, std::size_t width, float* out) {
    constexpr std::size_t run = 64;
    for (std::size_t from = 0; from < b_rows; from += run) {
        const std::size_t to = std::min(b_rows, from + run);
        for (std::size_t i = 0; i < a_rows; i += 4) {
            const std::size_t rows = std::min<std::size_t>(4, a_rows - i);
            for (std::size_t j = from; j < to; j += 2) {
                const std::size_t others = std::min<std::size_t>(2, to - j);
                // Where fewer are left, the first stands in for the missing; its sum is not kept.
                const float* row[4];
                for (std::size_t l = 0; l < 4; ++l) row[l] = a + (i + (l < rows ? l : 0)) * width;
                const float* first = b + j * width;
                const float* second = b + (j + others - 1) * width;
                __m256 s[8] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),
                               _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
                for (std::size_t at = 0; at < width; at += 8) {
                    const __m256 x = _mm256_loadu_ps(first + at);
                    const __m256 y = _mm256_loadu_ps(second + at);
                    const __m256 r0 = _mm256_loadu_ps(row[0] + at);
                    s[0] = _mm256_add_ps(s[0], _mm256_mul_ps(r0, x));
                    s[1] = _mm256_add_ps(s[1], _mm256_mul_ps(r0, y));
                    const __m256 r1 = _mm256_loadu_ps(row[1] + at);
                    s[2] = _mm256_add_ps(s[2], _mm256_mul_ps(r1, x));
                    s[3] = _mm256_add_ps(s[3], _mm256_mul_ps(r1, y));
                    const __m256 r2 = _mm256_loadu_ps(row[2] + at);
                    s[4] = _mm256_add_ps(s[4], _mm256_mul_ps(r2, x));
                    s[5] = _mm256_add_ps(s[5], _mm256_mul_ps(r2, y));
                    const __m256 r3 = _mm256_loadu_ps(row[3] + at);
                    s[6] = _mm256_add_ps(s[6], _mm256_mul_ps(r3, x));
                    s[7] = _mm256_add_ps(s[7], _mm256_mul_ps(r3, y));
                }
                for (std::size_t l = 0; l < rows; ++l) {
                    out[(i + l) * b_rows + j] = sum_of(s[2 * l]);
                    if (others == 2) out[(i + l) * b_rows + j + 1] = sum_of(s[2 * l + 1]);
                }
            }
        }
    }
}

const Kernels avx2_kernels{"avx2", runs_here, score_rows, dot, score_codes, avx2_products};

}  // namespace vitrine::vector
#endif
