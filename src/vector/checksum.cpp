#include "vector/checksum.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace vitrine::vector {
namespace {

constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t sum = i;
        for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78u : 0);
        made[i] = sum;
    }
    return made;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::span<const std::uint8_t> bytes) {
    std::uint64_t sum = ~std::uint32_t{0};
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
        std::uint64_t eight;
        std::memcpy(&eight, bytes.data(), 8);
        sum = _mm_crc32_u64(sum, eight);
    }
    auto rest = static_cast<std::uint32_t>(sum);
    for (std::uint8_t byte : bytes) rest = _mm_crc32_u8(rest, byte);
    return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::span<const std::uint8_t> bytes) {
    std::uint32_t sum = ~std::uint32_t{0};
    for (std::uint8_t byte : bytes) sum = sum >> 8 ^ table[(sum ^ byte) & 255];
    return ~sum;
}

std::uint32_t crc32c(std::span<const std::uint8_t> bytes) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return crc32c_by_instruction(bytes);
#endif
    return crc32c_by_table(bytes);
}

}  // namespace vitrine::vector
