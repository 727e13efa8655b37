#pragma once
// Inside this room only: the rows in their blocks, and where each key's row is. The writer's side.
//
// Without a model the blocks are filled one after the other; with one there is a block for each of its clusters, which grows. Rows lie
// without gaps: a removed row's place is taken by the last row of all, or of its cluster, so nothing dead is ever scanned. What a
// reader may still be reading is not touched: rows below a block's reach are changed in a copy of the block.

#include <optional>
#include <unordered_map>

#include "vector/model.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// Not for several threads at once.
class Rows {
public:
    Rows(const Shape&, const Kernels&, std::shared_ptr<const Model>);

    std::size_t size() const { return places_.size(); }
    const Model* model() const { return model_.get(); }
    void reserve(std::size_t rows) { places_.reserve(rows); }

    struct Kept {
        std::uint32_t slot;
        std::vector<std::int64_t> fields;
    };
    std::optional<Kept> find(Key) const;

    // The row takes the place of one with its key. `vector` is as it is kept, of the shape's width.
    // Returns the slot of the row that was there.
    std::optional<std::uint32_t> put(const Row&, std::span<const float> vector, std::uint32_t slot);
    // The same for a row whose code and cluster are known.
    void append(std::size_t block, const Row&, std::span<const float> vector, std::uint32_t slot, const Code*);
    // Returns the slot of the row that was there.
    std::optional<std::uint32_t> remove(Key);

    // As they are now. From here on a view has these blocks.
    std::shared_ptr<const Blocks> blocks();

private:
    struct Place {
        std::uint32_t block;
        std::uint32_t row;
    };
    Block& block_to_append(std::size_t index);
    Block& block_to_change(std::size_t index, std::size_t row);
    void write(Place, const Row&, std::span<const float> vector, std::uint32_t slot, const Code*);
    void remove_at(Place);

    // What the writer has: the block, how many of its rows are there, and whether a view has it.
    struct Held {
        std::shared_ptr<Block> block;
        std::uint32_t rows = 0;
        bool seen = false;
    };

    Shape shape_;
    const Kernels* kernels_;
    std::shared_ptr<const Model> model_;
    std::vector<Held> held_;
    std::unordered_map<Key, Place> places_;
};

}  // namespace vitrine::vector
