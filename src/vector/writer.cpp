#include "vector/writer.hpp"

#include <cmath>

namespace vitrine::vector {

Writer::Writer(const Shape& shape, const Kernels& kernels, const std::filesystem::path& scratch)
    : shape_(shape), full_(padded(shape.width), scratch), rows_(shape, kernels, nullptr) {
    publish(0);
}

Result<Writer> Writer::from(const Snapshot& snapshot, std::shared_ptr<const Mapping> mapping, const Kernels& kernels,
                            const std::filesystem::path& scratch) {
    Writer writer(snapshot.shape, kernels, scratch);
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
        if (writer.rows_.put(row, row.vector, static_cast<std::uint32_t>(i)))
            return Error{Kind::corrupt, "vector.snapshot_damaged", "The snapshot holds two rows of one key; the index is made again."};
    }
    writer.publish(snapshot.sequence);
    return writer;
}

Result<void> Writer::put(std::span<const Row> rows, std::span<const float> vectors, std::uint64_t sequence) {
    if (rows_.size() + rows.size() > INT32_MAX)
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
        if (const auto was = rows_.put(rows[i], vector, slots[i])) let_go_.push_back(*was);
        if (noted_) noted_->insert(rows[i].key);
    }
    changes_ += rows.size();
    publish(sequence);
    return {};
}

std::size_t Writer::remove(std::span<const Key> keys, std::uint64_t sequence) {
    std::size_t removed = 0;
    for (Key key : keys) {
        const auto was = rows_.remove(key);
        if (!was) continue;
        let_go_.push_back(*was);
        if (noted_) noted_->insert(key);
        ++removed;
    }
    changes_ += removed;
    publish(sequence);
    return removed;
}

void Writer::begin_noting() {
    noted_.emplace();
}

std::vector<Writer::Noted> Writer::take_noted() {
    std::vector<Noted> noted;
    for (Key key : *noted_) noted.push_back({key, rows_.find(key)});
    noted_->clear();
    return noted;
}

void Writer::end_noting() {
    noted_.reset();
}

void Writer::adopt(Rows rows, std::shared_ptr<const Clusters> clusters) {
    rows_ = std::move(rows);
    clusters_ = std::move(clusters);
    changes_ = 0;
    publish(0);
}

void Writer::publish(std::uint64_t sequence) {
    auto next = std::make_shared<View>(read_views_, view_ ? view_->number + 1 : 0);
    next->shape = shape_;
    next->blocks = rows_.blocks();
    next->clusters = clusters_;
    next->count = rows_.size();
    next->sequence = view_ ? std::max(view_->sequence, sequence) : sequence;
    next->slots = full_.slots();
    if (!let_go_.empty()) waiting_.push_back({view_->number, std::move(let_go_)});
    let_go_.clear();
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
