#include "vector/rows.hpp"

#include <algorithm>

namespace vitrine::vector {

Rows::Rows(const Shape& shape, const Kernels& kernels, std::shared_ptr<const Model> model)
    : shape_(shape), kernels_(&kernels), model_(std::move(model)) {
    if (!model_) return;
    held_.resize(model_->clusters);
    for (Held& held : held_) held.block = std::make_shared<Block>(shape_, 0, Model::rank);
}

std::optional<Rows::Kept> Rows::find(Key key) const {
    const auto there = places_.find(key);
    if (there == places_.end()) return std::nullopt;
    const auto [index, row] = there->second;
    const Block& block = *held_[index].block;
    Kept kept{block.slot(row), {}};
    for (std::uint32_t field = 0; field < shape_.fields; ++field) kept.fields.push_back(block.column(field)[row]);
    return kept;
}

std::optional<std::uint32_t> Rows::put(const Row& row, std::span<const float> vector, std::uint32_t slot) {
    std::optional<std::uint32_t> was;
    const auto there = places_.find(row.key);
    if (there != places_.end()) was = held_[there->second.block].block->slot(there->second.row);
    if (!model_) {
        if (was) {
            write(there->second, row, vector, slot, nullptr);
        } else {
            const std::size_t last = held_.empty() || held_.back().rows == Block::rows_of(shape_) ? held_.size() : held_.size() - 1;
            append(last, row, vector, slot, nullptr);
        }
        return was;
    }
    const auto placed = model_->place(*kernels_, vector);
    const std::size_t cluster = model_->cluster_of(*kernels_, placed);
    Code code;
    model_->encode(*kernels_, cluster, placed, code);
    if (was && there->second.block == cluster) {
        write(there->second, row, vector, slot, &code);
        return was;
    }
    if (was) {
        const Place place = there->second;
        places_.erase(there);
        remove_at(place);
    }
    append(cluster, row, vector, slot, &code);
    return was;
}

void Rows::append(std::size_t index, const Row& row, std::span<const float> vector, std::uint32_t slot, const Code* code) {
    block_to_append(index);
    const Place place{static_cast<std::uint32_t>(index), held_[index].rows++};
    places_[row.key] = place;
    write(place, row, vector, slot, code);
}

std::optional<std::uint32_t> Rows::remove(Key key) {
    const auto there = places_.find(key);
    if (there == places_.end()) return std::nullopt;
    const Place place = there->second;
    const std::uint32_t slot = held_[place.block].block->slot(place.row);
    places_.erase(there);
    remove_at(place);
    return slot;
}

// The last row moves into its place: the last of the same cluster, or of all.
void Rows::remove_at(Place place) {
    const std::size_t from = model_ ? place.block : held_.size() - 1;
    const std::uint32_t last = --held_[from].rows;
    if (from != place.block || last != place.row) {
        const std::shared_ptr<Block> source = held_[from].block;
        Block& into = block_to_change(place.block, place.row);
        into.copy_row(place.row, *source, last);
        places_[into.key(place.row)] = place;
    }
    if (!model_ && last == 0) held_.pop_back();
}

// With room for one more row, which no view has reached.
Block& Rows::block_to_append(std::size_t index) {
    if (index == held_.size()) held_.push_back({std::make_shared<Block>(shape_, Block::rows_of(shape_), 0), 0, false});
    Held& held = held_[index];
    if (held.rows == held.block->capacity()) {
        const std::size_t more = (held.rows + held.rows / 8 + 2 * code_group) / code_group * code_group;
        held.block = std::make_shared<Block>(shape_, *held.block, held.rows, more);
        held.seen = false;
    }
    return block_to_change(index, held.rows);
}

Block& Rows::block_to_change(std::size_t index, std::size_t row) {
    Held& held = held_[index];
    if (held.seen && row < held.block->reached()) {
        held.block = std::make_shared<Block>(shape_, *held.block, held.rows, held.block->capacity());
        held.seen = false;
    }
    return *held.block;
}

void Rows::write(Place place, const Row& from, std::span<const float> vector, std::uint32_t slot, const Code* code) {
    Block& block = block_to_change(place.block, place.row);
    block.write(place.row, from.key, slot, vector);
    for (std::uint32_t field = 0; field < shape_.fields; ++field) block.write_field(place.row, field, from.fields[field]);
    if (code) block.write_code(place.row, code->numbers, code->scale);
}

std::shared_ptr<const Blocks> Rows::blocks() {
    auto blocks = std::make_shared<Blocks>();
    blocks->reserve(held_.size());
    for (Held& held : held_) {
        blocks->push_back({held.block, held.rows});
        held.seen = true;
    }
    return blocks;
}

}  // namespace vitrine::vector
