#pragma once
// Inside this room only: a run of rows in the form they are scanned in, column by column.
//
// A block is shared by the views that readers hold. The writer may write a place of it that no view has ever reached;
// to change any other place it makes a copy of the block, which takes the block's place in the next view.

#include <memory>
#include <vector>

#include "vector/kernels.hpp"
#include "vector/memory.hpp"
#include "vector/quantise.hpp"
#include "vector/shape.hpp"

namespace vitrine::vector {

class Block {
public:
    explicit Block(const Shape& shape)
        : width_(padded(shape.width)),
          fields_(shape.fields),
          levels_(rows_of(shape) * width_),
          quantised_(rows_of(shape)),
          keys_(rows_of(shape)),
          slots_(rows_of(shape)),
          columns_(rows_of(shape) * shape.fields) {}

    // A quarter of a megabyte of levels: long enough to be read at the memory's speed, short enough to be copied when a
    // row in its middle changes.
    static std::size_t rows_of(const Shape& shape) { return (std::size_t{256} << 10) / padded(shape.width); }

    std::size_t rows() const { return keys_.size(); }
    const std::int8_t* levels(std::size_t row) const { return levels_.data() + row * width_; }
    const QuantisedRow& quantised(std::size_t row) const { return quantised_[row]; }
    Key key(std::size_t row) const { return keys_[row]; }
    std::uint32_t slot(std::size_t row) const { return slots_[row]; }
    std::span<const std::int64_t> column(std::uint32_t field) const { return {columns_.data() + field * rows(), rows()}; }

    // Writer only.
    void write(std::size_t row, Key key, std::uint32_t slot, std::span<const float> vector) {
        quantised_[row] = quantise_row(vector, {levels_.data() + row * width_, width_});
        keys_[row] = key;
        slots_[row] = slot;
        reached_ = std::max(reached_, row + 1);
    }
    void write_field(std::size_t row, std::uint32_t field, std::int64_t value) { columns_[field * rows() + row] = value; }
    void copy_row(std::size_t row, const Block& from, std::size_t from_row) {
        std::copy_n(from.levels(from_row), width_, levels_.data() + row * width_);
        quantised_[row] = from.quantised_[from_row];
        keys_[row] = from.keys_[from_row];
        slots_[row] = from.slots_[from_row];
        for (std::uint32_t field = 0; field < fields_; ++field) write_field(row, field, from.column(field)[from_row]);
        reached_ = std::max(reached_, row + 1);
    }
    std::size_t reached() const { return reached_; }  // rows below it may be in somebody's view

private:
    std::size_t width_;
    std::uint32_t fields_;
    Memory<std::int8_t> levels_;
    std::vector<QuantisedRow> quantised_;
    std::vector<Key> keys_;
    std::vector<std::uint32_t> slots_;
    std::vector<std::int64_t> columns_;  // field by field
    std::size_t reached_ = 0;
};

}  // namespace vitrine::vector
