#pragma once
// Inside this room only: the side that changes a space, and makes the next view of it.
//
// Rows lie without gaps: a removed row's place is taken by the last one, so nothing dead is ever scanned. What a reader
// may still be reading is not touched: rows below a block's reach are changed in a copy of the block, and a full vector's
// slot is used again when the last view that could reach it is gone.

#include <deque>
#include <unordered_map>

#include "vector/snapshot.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// Not for several threads at once.
class Writer {
public:
    Writer(const Shape&, const std::filesystem::path& scratch);
    // Errors: vector.snapshot_damaged (two rows of one key, a number that is not finite).
    static Result<Writer> from(const Snapshot&, std::shared_ptr<const Mapping>, const std::filesystem::path& scratch);

    // `vectors` are the rows' own, checked, brought to their length and padded. All rows or none. Errors: vector.full,
    // vector.disk_full, vector.disk.
    Result<void> put(std::span<const Row> rows, std::span<const float> vectors, std::uint64_t sequence);
    std::size_t remove(std::span<const Key>, std::uint64_t sequence);

    // As it is after the last change.
    std::shared_ptr<const View> view() const { return view_; }

private:
    Block& block_to_change(std::size_t row);
    void write(std::size_t row, std::uint32_t slot, const Row&, std::span<const float> vector);
    void remove_row(std::size_t row);
    void publish(std::uint64_t sequence);
    void take_back_slots();

    Shape shape_;
    std::size_t block_rows_;
    FullRows full_;
    std::vector<std::shared_ptr<Block>> blocks_;
    std::vector<bool> copied_;  // since the last view: no reader has these blocks
    std::size_t count_ = 0;
    std::unordered_map<Key, std::uint32_t> rows_;  // where each key's row is
    std::shared_ptr<const View> view_;

    // What a change let go of may be read in the views before it, up to that number.
    struct LetGo {
        std::uint64_t up_to;
        std::vector<std::uint32_t> slots;
    };
    std::deque<LetGo> waiting_;          // oldest first
    std::vector<std::uint32_t> let_go_;  // by the change that is being made
    std::shared_ptr<ReadViews> read_views_ = std::make_shared<ReadViews>();
};

}  // namespace vitrine::vector
