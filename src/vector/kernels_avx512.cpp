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

}  // namespace

const Kernels avx512_kernels{"avx512", runs_here, score_rows, dot};

}  // namespace vitrine::vector
#endif
