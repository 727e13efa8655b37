#pragma once
// What a space of vectors is: how wide, how alike is measured, what else a row carries.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::vector {

// The caller's own number for a row: a row id, a sequence, a hash of one. Any value.
using Key = std::uint64_t;

// cosine: rows and queries are brought to length 1 and their inner product is taken, -1 to 1. inner_product: as they are.
enum class Metric : std::uint32_t { cosine = 1, inner_product = 2 };

constexpr std::uint32_t width_max = 4096;
constexpr std::uint32_t fields_max = 16;

struct Shape {
    std::uint32_t width = 0;  // 1 to width_max
    Metric metric = Metric::cosine;
    std::uint32_t fields = 0;  // whole numbers that each row carries to be filtered by

    bool operator==(const Shape&) const = default;
};

struct Row {
    Key key = 0;
    std::span<const float> vector;
    std::span<const std::int64_t> fields;  // as many as the shape says
};

struct Hit {
    Key key = 0;
    float score = 0;  // of the full vectors, never of what they were shortened to

    bool operator==(const Hit&) const = default;
};

// Better hits come first; of equals the smaller key, so that an answer does not depend on where rows lie.
inline bool comes_before(const Hit& a, const Hit& b) {
    return a.score > b.score || (a.score == b.score && a.key < b.key);
}

}  // namespace vitrine::vector
