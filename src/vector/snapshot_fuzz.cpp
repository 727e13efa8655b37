// Snapshots as a broken disk, another version or anybody may leave them.
//   build/fuzz/bin/vector_snapshot_fuzz src/vector/testdata/corpus/snapshot
// An input's checksums are made right first, or nothing behind them would ever be reached.
#include <cstdlib>
#include <cstring>

#include "vector/checksum.hpp"
#include "vector/scan.hpp"
#include "vector/writer.hpp"

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t megabyte = std::size_t{1} << 20;

void put_number(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t number) {
    std::memcpy(bytes.data() + at, &number, sizeof number);
}

// As snapshot.hpp draws it, for an input of less than a megabyte: one sum, at the end.
void make_sums_right(std::span<std::uint8_t> bytes) {
    using vitrine::vector::crc32c;
    if (bytes.size() < page) return;
    const bool has_body = bytes.size() >= page + 4;
    if (has_body) put_number(bytes, bytes.size() - 4, crc32c(bytes.subspan(page, bytes.size() - 4 - page)));
    put_number(bytes, 40, crc32c(has_body ? bytes.last(4) : bytes.last(0)));
    put_number(bytes, 44, 0);
    put_number(bytes, 44, crc32c(bytes.first(page)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vitrine::vector;
    if (size > megabyte) return 0;
    std::vector<std::uint64_t> aligned((size + 7) / 8 + 1);
    std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(aligned.data()), size);
    std::memcpy(bytes.data(), data, size);
    (void)read_snapshot(bytes);
    make_sums_right(bytes);
    const auto snapshot = read_snapshot(bytes);
    if (!snapshot) return 0;
    const auto writer = Writer::from(*snapshot, nullptr, portable_kernels, {});
    if (!writer) return 0;
    const std::vector<float> query(padded(snapshot->shape.width), 1.0f);
    const auto hits = scan(*writer->view(), query, 5, {}, portable_kernels);
    if (hits.size() != std::min<std::size_t>(5, snapshot->count)) std::abort();
    return 0;
}
