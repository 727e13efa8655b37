#pragma once
// Inside this room only: a run of rows in the form they are scanned in, column by column; of a cluster's rows also their codes.
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
    // Room for that many rows; `rank` of 0: without codes.
    Block(const Shape& shape, std::size_t capacity, std::size_t rank)
        : width_(padded(shape.width)),
          rank_(rank),
          fields_(shape.fields),
          levels_(capacity * width_),
          codes_((capacity + code_group - 1) / code_group * code_group * rank),
          code_scales_(rank > 0 ? capacity : 0),
          heads_(capacity),
          columns_(capacity * shape.fields) {}
    // The first `rows` rows of another, with room for more or fewer.
    Block(const Shape& shape, const Block& from, std::size_t rows, std::size_t capacity) : Block(shape, capacity, from.rank_) {
        for (std::size_t row = 0; row < rows; ++row) copy_row(row, from, row);
    }

    // A quarter of a megabyte of levels: long enough to be read at the memory's speed, short enough to be copied when a
    // row in its middle changes.
    static std::size_t rows_of(const Shape& shape) { return (std::size_t{256} << 10) / padded(shape.width); }

    std::size_t capacity() const { return heads_.size(); }
    const std::int8_t* levels(std::size_t row) const { return levels_.data() + row * width_; }
    const std::uint8_t* codes() const { return codes_.data(); }
    const float* code_scales() const { return code_scales_.data(); }
    const QuantisedRow& quantised(std::size_t row) const { return heads_[row].quantised; }
    Key key(std::size_t row) const { return heads_[row].key; }
    std::uint32_t slot(std::size_t row) const { return heads_[row].slot; }
    std::span<const std::int64_t> column(std::uint32_t field) const { return {columns_.data() + field * capacity(), capacity()}; }
    // All of a row that its scoring by bytes reads, into the cache.
    void ask_for(std::size_t row) const {
        for (std::size_t at = 0; at < width_; at += 64) __builtin_prefetch(levels(row) + at);
        __builtin_prefetch(&heads_[row]);
    }
    std::size_t bytes() const {
        return levels_.size() + codes_.size() + capacity() * (sizeof(Head) + fields_ * sizeof(std::int64_t)) +
               code_scales_.size() * sizeof(float);
    }

    // Writer only.
    void write(std::size_t row, Key key, std::uint32_t slot, std::span<const float> vector) {
        heads_[row] = {quantise_row(vector, {levels_.data() + row * width_, width_}), slot, key};
        reached_ = std::max(reached_, row + 1);
    }
    void write_field(std::size_t row, std::uint32_t field, std::int64_t value) { columns_[field * capacity() + row] = value; }
    void write_code(std::size_t row, std::span<const std::int8_t> code, float scale) {
        for (std::size_t i = 0; i < rank_; ++i) codes_.data()[place_in_codes(row, i, rank_)] = static_cast<std::uint8_t>(code[i] + 128);
        code_scales_[row] = scale;
    }
    void copy_row(std::size_t row, const Block& from, std::size_t from_row) {
        std::copy_n(from.levels(from_row), width_, levels_.data() + row * width_);
        heads_[row] = from.heads_[from_row];
        for (std::uint32_t field = 0; field < fields_; ++field) write_field(row, field, from.column(field)[from_row]);
        if (rank_ > 0 && from.rank_ == rank_) {
            for (std::size_t i = 0; i < rank_; ++i)
                codes_.data()[place_in_codes(row, i, rank_)] = from.codes_.data()[place_in_codes(from_row, i, rank_)];
            code_scales_[row] = from.code_scales_[from_row];
        }
        reached_ = std::max(reached_, row + 1);
    }
    std::size_t reached() const { return reached_; }  // rows below it may be in somebody's view

private:
    // Together, because a row that is scored apart from its neighbours then costs one look into memory for all of it.
    struct Head {
        QuantisedRow quantised;
        std::uint32_t slot = 0;
        Key key = 0;
    };

    std::size_t width_;
    std::size_t rank_;
    std::uint32_t fields_;
    Memory<std::int8_t> levels_;
    Memory<std::uint8_t> codes_;  // as kernels.hpp places them
    std::vector<float> code_scales_;
    std::vector<Head> heads_;
    std::vector<std::int64_t> columns_;  // field by field
    std::size_t reached_ = 0;
};

}  // namespace vitrine::vector
