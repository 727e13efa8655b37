#pragma once
// Inside this room only: the side that changes a space, and makes the next view of it.
//
// Rows are changed as rows.hpp says. A full vector's slot is used again when the last view that could reach it is gone. While the
// rows are being gathered into clusters elsewhere, the keys that change are noted, so that the new order can be brought up to
// what is here now and take its place.

#include <deque>
#include <unordered_set>

#include "vector/rows.hpp"
#include "vector/snapshot.hpp"

namespace vitrine::vector {

// Not for several threads at once.
class Writer {
public:
    Writer(const Shape&, const Kernels&, const std::filesystem::path& scratch);
    // Errors: vector.snapshot_damaged (two rows of one key, a number that is not finite).
    static Result<Writer> from(const Snapshot&, std::shared_ptr<const Mapping>, const Kernels&, const std::filesystem::path& scratch);

    // `vectors` are the rows' own, checked, brought to their length and padded. All rows or none. Errors: vector.full,
    // vector.disk_full, vector.disk.
    Result<void> put(std::span<const Row> rows, std::span<const float> vectors, std::uint64_t sequence);
    std::size_t remove(std::span<const Key>, std::uint64_t sequence);

    // As it is after the last change.
    std::shared_ptr<const View> view() const { return view_; }

    // Keys that change are noted from now on.
    void begin_noting();
    // What is to be done in the other order for the keys noted since the last time; nothing kept: to be removed.
    struct Noted {
        Key key;
        std::optional<Rows::Kept> kept;
    };
    std::vector<Noted> take_noted();
    void end_noting();
    // Rows that hold the same as those here take their place.
    void adopt(Rows, std::shared_ptr<const Clusters>);

    std::uint64_t changes() const { return changes_; }  // rows put and removed since the rows got their order

private:
    void publish(std::uint64_t sequence);
    void take_back_slots();

    Shape shape_;
    FullRows full_;
    Rows rows_;
    std::shared_ptr<const Clusters> clusters_;
    std::shared_ptr<const View> view_;
    std::uint64_t changes_ = 0;
    std::optional<std::unordered_set<Key>> noted_;

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
