#include "vector/gather.hpp"

#include "vector/calibrate.hpp"
#include "vector/learn.hpp"

namespace vitrine::vector {

std::optional<Gathered> gather(const View& view, const Kernels& kernels, const std::stop_token& stop) {
    const auto held = held_out(view);
    auto model = learn(view, held, kernels, stop);
    Rows rows(view.shape, kernels, model);
    rows.reserve(view.count);
    std::vector<std::int64_t> fields(view.shape.fields);
    for (const auto& [block, count] : *view.blocks)
        for (std::size_t row = 0; row < count && !stop.stop_requested(); ++row) {
            for (std::uint32_t field = 0; field < fields.size(); ++field) fields[field] = block->column(field)[row];
            const std::span<const float> vector{view.slots->row(block->slot(row)), view.shape.width};
            rows.put({block->key(row), vector, fields}, vector, block->slot(row));
        }
    std::shared_ptr<const Clusters> clusters;
    if (model && !stop.stop_requested()) {
        View there(std::make_shared<ReadViews>(), 0);
        there.shape = view.shape;
        there.blocks = rows.blocks();
        there.count = rows.size();
        there.slots = view.slots;
        clusters = std::make_shared<const Clusters>(Clusters{model, calibrate(there, *model, held, kernels, stop)});
    }
    if (stop.stop_requested()) return std::nullopt;
    return Gathered{std::move(rows), std::move(clusters)};
}

}  // namespace vitrine::vector
