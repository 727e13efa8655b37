#pragma once
// Inside this room only: a space as it is at one moment. Whoever holds a view may read all of it for as long as they like;
// the writer makes a new one beside it.

#include <memory>
#include <set>
#include <vector>

#include "core/guarded.hpp"
#include "vector/block.hpp"
#include "vector/clusters.hpp"
#include "vector/full_rows.hpp"

namespace vitrine::vector {

// A block and how many of its rows are there.
struct BlockInView {
    std::shared_ptr<const Block> block;
    std::uint32_t rows = 0;
};
using Blocks = std::vector<BlockInView>;

// The numbers of the views that somebody may still read. Its lock is also what tells the writer that all their reading is done.
class ReadViews {
public:
    void add(std::uint64_t number) {
        numbers_.with([&](auto& numbers) { numbers.insert(number); });
    }
    void remove(std::uint64_t number) {
        numbers_.with([&](auto& numbers) { numbers.erase(number); });
    }
    std::uint64_t oldest() const {
        return numbers_.with([](const auto& numbers) { return numbers.empty() ? UINT64_MAX : *numbers.begin(); });
    }

private:
    Guarded<std::set<std::uint64_t>> numbers_;
};

struct View {
    View(std::shared_ptr<ReadViews> read_views, std::uint64_t number) : number(number), read_views_(std::move(read_views)) {
        read_views_->add(number);
    }
    ~View() { read_views_->remove(number); }
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    const std::uint64_t number;  // counts up with every change
    Shape shape;
    std::shared_ptr<const Blocks> blocks;  // one a cluster when there is a model, else one after the other
    std::shared_ptr<const Clusters> clusters;
    std::size_t count = 0;  // rows in all
    std::uint64_t sequence = 0;
    std::shared_ptr<const Slots> slots;

private:
    std::shared_ptr<ReadViews> read_views_;
};

}  // namespace vitrine::vector
