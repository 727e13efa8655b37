#pragma once
// Inside this room only: a filter asked of a block's rows.

#include "vector/filter.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// The rows of a block that pass, as ones.
class Matching {
public:
    explicit Matching(const Filter& filter) : filter_(filter) {}

    std::span<const std::uint8_t> of(const BlockInView& part) {
        const Block& block = *part.block;
        passes_.assign(part.rows, 1);
        for (const Range& range : filter_.ranges) {
            const auto column = block.column(range.field);
            for (std::size_t row = 0; row < part.rows; ++row)
                passes_[row] = static_cast<std::uint8_t>(passes_[row] & (column[row] >= range.least) & (column[row] <= range.most));
        }
        if (filter_.among)
            for (std::size_t row = 0; row < part.rows; ++row)
                if (passes_[row]) passes_[row] = filter_.among->contains(block.key(row));
        return passes_;
    }

private:
    const Filter& filter_;
    std::vector<std::uint8_t> passes_;
};

}  // namespace vitrine::vector
