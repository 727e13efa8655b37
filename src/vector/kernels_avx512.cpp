#include "vector/kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace vitrine::vector {
namespace {

bool runs_here() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni");
}

#define VITRINE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni")))

// VNNI's 16-bit form multiplies pairs and adds them to the sums in one instruction, and never saturates here.
VITRINE_AVX512 void score_rows(const std::int8_t* rows, std::size_t count, std::size_t width, const std::int16_t* query,
                               std::int32_t* out) {
    for (std::size_t i = 0; i < count; ++i, rows += width) {
        __m512i sums = _mm512_setzero_si512();
        for (std::size_t j = 0; j < width; j += 32) {
            const __m512i levels = _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + j)));
            sums = _mm512_dpwssd_epi32(sums, levels, _mm512_loadu_si512(query + j));
        }
        out[i] = _mm512_reduce_add_epi32(sums);
    }
}

// GCC fuses a plain multiplication and addition where the processor can; one with its rounding named stays what it is.
VITRINE_AVX512 float dot(const float* a, const float* b, std::size_t width) {
    constexpr int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (std::size_t at = 0; at < width; at += lanes)
        for (std::size_t i = 0; i < 2; ++i)
            sums[i] = _mm512_add_round_ps(
                sums[i], _mm512_mul_round_ps(_mm512_loadu_ps(a + at + 16 * i), _mm512_loadu_ps(b + at + 16 * i), nearest), nearest);
    alignas(64) float spilled[lanes];
    for (std::size_t i = 0; i < 2; ++i) _mm512_store_ps(spilled + 16 * i, sums[i]);
    return folded(spilled);
}

// One instruction multiplies and adds 64 bytes: eight numbers of each of eight rows, in two halves that are added at the end.
VITRINE_AVX512 void score_codes(const std::uint8_t* codes, std::size_t groups, std::size_t rank, const std::int8_t* query,
                                std::int32_t* out) {
    std::int32_t total = 0;
    for (std::size_t j = 0; j < rank; ++j) total += query[j];
    const __m256i start = _mm256_set1_epi32(-128 * total);
    for (std::size_t group = 0; group < groups; ++group, out += code_group) {
        __m512i sums = _mm512_setzero_si512();
        for (std::size_t j = 0; j < rank; j += 8, codes += 64) {
            std::int32_t low, high;
            __builtin_memcpy(&low, query + j, sizeof low);
            __builtin_memcpy(&high, query + j + 4, sizeof high);
            const __m512i eight = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_set1_epi32(low)), _mm256_set1_epi32(high), 1);
            sums = _mm512_dpbusd_epi32(sums, _mm512_loadu_si512(codes), eight);
        }
        const __m256i both = _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_add_epi32(both, start));
    }
}

}  // namespace

const Kernels avx512_kernels{"avx512", runs_here, score_rows, dot, score_codes, avx2_products};

}  // namespace vitrine::vector
#endif
