#include "vector/writer.hpp"

#include <cmath>

namespace vitrine::vector {

Writer::Writer(const Shape& shape, const std::filesystem::path& scratch)
    : shape_(shape), block_rows_(Block::rows_of(shape)), full_(padded(shape.width), scratch) {
    publish(0);
}

Result<Writer> Writer::from(const Snapshot& snapshot, std::shared_ptr<const Mapping> mapping, const std::filesystem::path& scratch) {
    Writer writer(snapshot.shape, scratch);
    writer.full_.begin_with(snapshot.vectors, snapshot.count, std::move(mapping));
    writer.rows_.reserve(snapshot.count);
    std::vector<std::int64_t> fields(snapshot.shape.fields);
    for (std::size_t i = 0; i < snapshot.count; ++i) {
        for (std::size_t field = 0; field < fields.size(); ++field) fields[field] = snapshot.columns[field * snapshot.count + i];
        const Row row{snapshot.keys[i], snapshot.vector(i), fields};
        for (float number : row.vector)
            if (!std::isfinite(number))
                return Error{Kind::corrupt, "vector.snapshot_damaged",
                             "The snapshot holds a number that is not finite; the index is made again."};
        if (!writer.rows_.emplace(row.key, static_cast<std::uint32_t>(i)).second)
            return Error{Kind::corrupt, "vector.snapshot_damaged", "The snapshot holds two rows of one key; the index is made again."};
        ++writer.count_;
        writer.write(i, static_cast<std::uint32_t>(i), row, row.vector);
    }
    writer.publish(snapshot.sequence);
    return writer;
}

Result<void> Writer::put(std::span<const Row> rows, std::span<const float> vectors, std::uint64_t sequence) {
    if (count_ + rows.size() > INT32_MAX)
        return Error{Kind::limit, "vector.full", "The index is full: it holds at most two thousand million rows."};
    take_back_slots();
    std::vector<std::uint32_t> slots;
    slots.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto slot = full_.take();
        if (!slot) {
            for (auto taken : slots) full_.give_back(taken);
            return std::move(slot).error();
        }
        slots.push_back(*slot);
    }
    const std::size_t width = padded(shape_.width);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto vector = vectors.subspan(i * width, shape_.width);
        full_.write(slots[i], vector);
        const auto [there, is_new] = rows_.emplace(rows[i].key, static_cast<std::uint32_t>(count_));
        if (is_new)
            ++count_;
        else
            let_go_.push_back(blocks_[there->second / block_rows_]->slot(there->second % block_rows_));
        write(there->second, slots[i], rows[i], vector);
    }
    publish(sequence);
    return {};
}

std::size_t Writer::remove(std::span<const Key> keys, std::uint64_t sequence) {
    std::size_t removed = 0;
    for (Key key : keys) {
        const auto there = rows_.find(key);
        if (there == rows_.end()) continue;
        const std::size_t row = there->second;
        rows_.erase(there);
        remove_row(row);
        ++removed;
    }
    publish(sequence);
    return removed;
}

// The block that holds the row, or will, in a form that may be written at that row.
Block& Writer::block_to_change(std::size_t row) {
    const std::size_t index = row / block_rows_;
    if (index == blocks_.size()) {
        blocks_.push_back(std::make_shared<Block>(shape_));
        copied_.push_back(true);
    }
    auto& block = blocks_[index];
    if (!copied_[index] && row % block_rows_ < block->reached()) {
        block = std::make_shared<Block>(*block);
        copied_[index] = true;
    }
    return *block;
}

void Writer::write(std::size_t row, std::uint32_t slot, const Row& from, std::span<const float> vector) {
    Block& block = block_to_change(row);
    block.write(row % block_rows_, from.key, slot, vector);
    for (std::uint32_t field = 0; field < shape_.fields; ++field) block.write_field(row % block_rows_, field, from.fields[field]);
}

// The last row moves into its place.
void Writer::remove_row(std::size_t row) {
    const std::size_t last = --count_;
    let_go_.push_back(blocks_[row / block_rows_]->slot(row % block_rows_));
    if (row != last) {
        Block& into = block_to_change(row);
        into.copy_row(row % block_rows_, *blocks_[last / block_rows_], last % block_rows_);
        rows_[into.key(row % block_rows_)] = static_cast<std::uint32_t>(row);
    }
    if (last % block_rows_ == 0) {
        blocks_.pop_back();
        copied_.pop_back();
    }
}

void Writer::publish(std::uint64_t sequence) {
    auto next = std::make_shared<View>(read_views_, view_ ? view_->number + 1 : 0);
    next->shape = shape_;
    const bool same = view_ && view_->blocks->size() == blocks_.size() && std::find(copied_.begin(), copied_.end(), true) == copied_.end();
    next->blocks = same ? view_->blocks : std::make_shared<const Blocks>(blocks_.begin(), blocks_.end());
    next->count = count_;
    next->sequence = view_ ? std::max(view_->sequence, sequence) : sequence;
    next->slots = full_.slots();
    if (!let_go_.empty()) waiting_.push_back({view_->number, std::move(let_go_)});
    let_go_.clear();
    copied_.assign(blocks_.size(), false);
    view_ = std::move(next);
}

void Writer::take_back_slots() {
    const std::uint64_t oldest = read_views_->oldest();
    while (!waiting_.empty() && waiting_.front().up_to < oldest) {
        for (auto slot : waiting_.front().slots) full_.give_back(slot);
        waiting_.pop_front();
    }
}

}  // namespace vitrine::vector
