#pragma once
// Which rows of a space may be found. All conditions hold at once; the empty filter lets every row through.

#include <optional>

#include "vector/shape.hpp"

namespace vitrine::vector {

// A set of keys that is asked about many times: a bitmap of their hashes says no to nearly all others at once.
class KeySet {
public:
    explicit KeySet(std::vector<Key> keys);  // in any order, repeats allowed

    bool contains(Key) const;
    std::size_t size() const { return keys_.size(); }

private:
    std::vector<Key> keys_;  // sorted
    std::vector<std::uint64_t> bits_;
    int shift_ = 0;
};

// `least` <= the row's field <= `most`; equality is both the same.
struct Range {
    std::uint32_t field = 0;
    std::int64_t least = INT64_MIN;
    std::int64_t most = INT64_MAX;
};

struct Filter {
    std::vector<Range> ranges;
    std::optional<KeySet> among;

    bool lets_all_through() const { return ranges.empty() && !among; }
};

inline Range equal(std::uint32_t field, std::int64_t value) {
    return {field, value, value};
}

}  // namespace vitrine::vector
