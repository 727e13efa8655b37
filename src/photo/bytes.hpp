#pragma once
// Reading numbers out of a file that may lie about itself: every read is bounds-checked, absence is nullopt.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace vitrine::photo {

using Bytes = std::span<const std::uint8_t>;

enum class Order { big, little };

// The `count`-byte unsigned number at `at`.
inline std::optional<std::uint64_t> number(Bytes from, std::size_t at, std::size_t count, Order order) {
    if (count > 8 || at > from.size() || count > from.size() - at) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | from[order == Order::big ? at + i : at + count - 1 - i];
    return value;
}

// The `count` bytes at `at`; fewer when the file ends first.
inline Bytes cut(Bytes from, std::size_t at, std::size_t count) {
    if (at >= from.size()) return {};
    return from.subspan(at, std::min(count, from.size() - at));
}

inline bool has(Bytes from, std::size_t at, std::string_view word) {
    return at <= from.size() && word.size() <= from.size() - at && std::memcmp(from.data() + at, word.data(), word.size()) == 0;
}

// Reads forward; after the first read past the end `ok` stays false and every read gives 0.
class Reader {
public:
    explicit Reader(Bytes from, Order order = Order::big) : from_(from), order_(order) {}

    std::uint64_t take(std::size_t count) {
        auto value = number(from_, at_, count, order_);
        ok_ = ok_ && value.has_value();
        if (!ok_) return 0;
        at_ += count;
        return *value;
    }
    void skip(std::size_t count) {
        ok_ = ok_ && count <= from_.size() - at_;
        if (ok_) at_ += count;
    }
    bool ok() const { return ok_; }
    std::size_t at() const { return at_; }
    std::size_t left() const { return from_.size() - at_; }

private:
    Bytes from_;
    Order order_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace vitrine::photo
