#pragma once
// Inside this room only: a space as a file, from which it is read without being copied.
//
//   page 0   "VITRNEAR", version, shape, rows, sequence, the checksum of the sums, and the checksum of all that
//   vectors  rows x padded width, 32-bit floats, in the order of the keys
//   keys     rows x 64 bits
//   fields   fields x rows x 64 bits, field by field
//   sums     a CRC-32C of each megabyte of what stands between page 0 and here
//
// Numbers are little-endian. The file is exactly as long as page 0 says, and every byte of it is under a checksum, so a
// file that was cut, or of which any bit changed, is never taken for one.

#include <filesystem>
#include <memory>

#include "core/result.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// What stands in a snapshot; it points into the bytes it was read from.
struct Snapshot {
    Shape shape;
    std::size_t count = 0;
    std::uint64_t sequence = 0;
    const float* vectors = nullptr;  // padded rows
    const Key* keys = nullptr;
    const std::int64_t* columns = nullptr;

    std::span<const float> vector(std::size_t row) const { return {vectors + row * padded(shape.width), shape.width}; }
};

// The bytes begin on a multiple of eight. Errors: vector.snapshot_version (another version's), vector.snapshot_damaged.
Result<Snapshot> read_snapshot(std::span<const std::uint8_t> bytes);

// Under its name, whole and durable, or not at all. Errors: vector.disk_full, vector.disk.
Result<void> write_snapshot(const View&, const std::filesystem::path&);

}  // namespace vitrine::vector
