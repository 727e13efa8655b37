#include "vector/snapshot.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <optional>

#include "vector/checksum.hpp"
#include "vector/disk.hpp"

namespace vitrine::vector {
namespace {

static_assert(std::endian::native == std::endian::little, "Snapshots are written as they lie in memory.");

constexpr char magic[8] = {'V', 'I', 'T', 'R', 'N', 'E', 'A', 'R'};
constexpr std::uint32_t version_now = 1;
constexpr std::size_t page = 4096;
constexpr std::size_t summed_at_once = std::size_t{1} << 20;

struct Head {
    char magic[8];
    std::uint32_t version;
    std::uint32_t width;
    std::uint32_t metric;
    std::uint32_t fields;
    std::uint64_t count;
    std::uint64_t sequence;
    std::uint32_t sum_of_sums;
    std::uint32_t sum_of_head;  // of page 0 with this number zero
};
static_assert(sizeof(Head) == 48);

Error damaged(std::string what) {
    return {Kind::corrupt, "vector.snapshot_damaged",
            fmt::format("The snapshot is damaged ({}); the index is made again from its rows.", what)};
}

using Page = std::array<std::uint8_t, page>;

Page page_of(Head head) {
    Page bytes{};
    head.sum_of_head = 0;
    std::memcpy(bytes.data(), &head, sizeof head);
    head.sum_of_head = crc32c(bytes);
    std::memcpy(bytes.data(), &head, sizeof head);
    return bytes;
}

// Where things stand; nothing when the numbers cannot be those of a file.
struct Layout {
    std::size_t keys = 0;
    std::size_t columns = 0;
    std::size_t sums = 0;
    std::size_t end = 0;
};
std::optional<Layout> layout_of(const Head& head) {
    if (head.width < 1 || head.width > width_max || head.fields > fields_max) return std::nullopt;
    if (head.metric != static_cast<std::uint32_t>(Metric::cosine) && head.metric != static_cast<std::uint32_t>(Metric::inner_product))
        return std::nullopt;
    if (head.count > UINT32_MAX) return std::nullopt;  // so nothing below overflows
    Layout layout;
    layout.keys = page + head.count * padded(head.width) * sizeof(float);
    layout.columns = layout.keys + head.count * sizeof(Key);
    layout.sums = layout.columns + head.count * head.fields * sizeof(std::int64_t);
    layout.end = layout.sums + (layout.sums - page + summed_at_once - 1) / summed_at_once * sizeof(std::uint32_t);
    return layout;
}

std::uint32_t number_at(std::span<const std::uint8_t> bytes, std::size_t at) {
    std::uint32_t number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

template <class Number>
std::span<const std::uint8_t> bytes_of(std::span<const Number> numbers) {
    return {reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size_bytes()};
}

// Sums what is written, a megabyte at a time, and writes it in pieces of that size.
class Body {
public:
    explicit Body(NewFile& file) : file_(file) { gathered_.reserve(summed_at_once); }

    Result<void> add(std::span<const std::uint8_t> bytes) {
        while (!bytes.empty()) {
            const auto part = bytes.first(std::min(bytes.size(), summed_at_once - gathered_.size()));
            gathered_.insert(gathered_.end(), part.begin(), part.end());
            bytes = bytes.subspan(part.size());
            if (gathered_.size() == summed_at_once) TRY(flush());
        }
        return {};
    }
    // The last piece, and the sums behind it; their own sum goes into the head.
    Result<std::uint32_t> end() {
        if (!gathered_.empty()) TRY(flush());
        const auto sums = bytes_of<std::uint32_t>(sums_);
        TRY(file_.write(sums));
        return crc32c(sums);
    }

private:
    Result<void> flush() {
        sums_.push_back(crc32c(gathered_));
        TRY(file_.write(gathered_));
        gathered_.clear();
        return {};
    }

    NewFile& file_;
    std::vector<std::uint8_t> gathered_;
    std::vector<std::uint32_t> sums_;
};

}  // namespace

Result<Snapshot> read_snapshot(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < page || std::memcmp(bytes.data(), magic, sizeof magic) != 0) return damaged("it does not begin like one");
    Head head;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (const Page expected = page_of(head);
        std::memcmp(expected.data(), bytes.data(), sizeof head) != 0 ||
        std::memcmp(expected.data() + sizeof head, bytes.data() + sizeof head, page - sizeof head) != 0)
        return damaged("its first page changed");
    if (head.version != version_now)
        return Error{Kind::corrupt, "vector.snapshot_version",
                     fmt::format("The snapshot is of version {}, this program reads {}; the index is made again from its rows.",
                                 head.version, version_now)};
    const auto layout = layout_of(head);
    if (!layout) return damaged("its shape cannot be");
    if (bytes.size() != layout->end) return damaged(fmt::format("{} bytes instead of {}", bytes.size(), layout->end));
    if (crc32c(bytes.subspan(layout->sums)) != head.sum_of_sums) return damaged("its checksums changed");
    std::size_t sum_at = layout->sums;
    for (std::size_t at = page; at < layout->sums; at += summed_at_once, sum_at += sizeof(std::uint32_t)) {
        const auto part = bytes.subspan(at, std::min(summed_at_once, layout->sums - at));
        if (crc32c(part) != number_at(bytes, sum_at)) return damaged(fmt::format("the megabyte from byte {}", at));
    }
    Snapshot snapshot;
    snapshot.shape = {head.width, static_cast<Metric>(head.metric), head.fields};
    snapshot.count = head.count;
    snapshot.sequence = head.sequence;
    snapshot.vectors = reinterpret_cast<const float*>(bytes.data() + page);
    snapshot.keys = reinterpret_cast<const Key*>(bytes.data() + layout->keys);
    snapshot.columns = reinterpret_cast<const std::int64_t*>(bytes.data() + layout->columns);
    return snapshot;
}

Result<void> write_snapshot(const View& view, const std::filesystem::path& path) {
    auto file = TRY(NewFile::in(path));
    Head head{};
    std::memcpy(head.magic, magic, sizeof magic);
    head.version = version_now;
    head.width = view.shape.width;
    head.metric = static_cast<std::uint32_t>(view.shape.metric);
    head.fields = view.shape.fields;
    head.count = view.count;
    head.sequence = view.sequence;
    TRY(file.write(page_of(head)));  // holds the place; its sums are known at the end

    Body body(file);
    for (const auto& [block, rows] : *view.blocks)
        for (std::size_t row = 0; row < rows; ++row)
            TRY(body.add(bytes_of<float>({view.slots->row(block->slot(row)), padded(view.shape.width)})));
    for (const auto& [block, rows] : *view.blocks)
        for (std::size_t row = 0; row < rows; ++row) {
            const Key key = block->key(row);
            TRY(body.add(bytes_of<Key>({&key, 1})));
        }
    for (std::uint32_t field = 0; field < view.shape.fields; ++field)
        for (const auto& [block, rows] : *view.blocks) TRY(body.add(bytes_of<std::int64_t>(block->column(field).first(rows))));
    head.sum_of_sums = TRY(body.end());
    TRY(file.write_at(0, page_of(head)));
    return file.finish();
}

}  // namespace vitrine::vector
