#pragma once
// Inside this room only: CRC-32C (Castagnoli), which sees every change of up to 32 neighbouring bits for certain.

#include <cstdint>
#include <span>

namespace vitrine::vector {

std::uint32_t crc32c(std::span<const std::uint8_t>);

// The same by a table, for processors without the instruction and for the test that compares the two.
std::uint32_t crc32c_by_table(std::span<const std::uint8_t>);

}  // namespace vitrine::vector
