#include "vector/space.hpp"

#include <fmt/format.h>

#include <cmath>
#include <mutex>

#include "core/current.hpp"
#include "vector/scan.hpp"
#include "vector/snapshot.hpp"
#include "vector/writer.hpp"

namespace vitrine::vector {
namespace {

Result<void> check(const Shape& shape) {
    if (shape.width < 1 || shape.width > width_max)
        return Error{Kind::invalid, "vector.shape", fmt::format("Vectors are 1 to {} numbers wide, not {}.", width_max, shape.width)};
    if (shape.fields > fields_max)
        return Error{Kind::invalid, "vector.shape", fmt::format("A row carries at most {} fields, not {}.", fields_max, shape.fields)};
    return {};
}

// The vector as it is kept and compared: of length 1 for cosine. `into` is padded, its rest is zero.
Result<void> prepare(std::span<const float> vector, const Shape& shape, std::span<float> into) {
    if (vector.size() != shape.width)
        return Error{Kind::invalid, "vector.width",
                     fmt::format("The vector is {} numbers wide; this space holds vectors of {}.", vector.size(), shape.width)};
    double squares = 0;
    for (float number : vector) squares += static_cast<double>(number) * number;
    if (!std::isfinite(squares))  // a float's square is a finite double, so one of them is not
        return Error{Kind::invalid, "vector.not_finite", "The vector holds a number that is not finite; it was made wrongly."};
    const double length = std::sqrt(squares);
    double factor = 1;
    if (shape.metric == Metric::cosine) {
        if (length == 0) return Error{Kind::invalid, "vector.zero", "A vector of zeros points nowhere, so nothing is like it."};
        factor = 1 / length;
    } else if (length > 1e15) {
        return Error{Kind::invalid, "vector.too_large", "The vector is longer than 1e15, beyond what inner products can be told apart by."};
    }
    for (std::size_t i = 0; i < vector.size(); ++i) into[i] = static_cast<float>(vector[i] * factor);
    std::fill(into.begin() + static_cast<std::ptrdiff_t>(vector.size()), into.end(), 0.0f);
    return {};
}

Result<void> check(const Filter& filter, const Shape& shape) {
    for (const Range& range : filter.ranges)
        if (range.field >= shape.fields)
            return Error{Kind::invalid, "vector.filter",
                         fmt::format("There is no field {} to filter by; rows here carry {}.", range.field, shape.fields)};
    return {};
}

}  // namespace

class Space::Inside {
public:
    Inside(Writer writer, const Kernels& kernels)
        : shape(writer.view()->shape), kernels(kernels), current(writer.view()), writer_(std::move(writer)) {}

    // One change at a time; it is what the next search sees.
    template <class Change>
    auto change(Change&& make) {
        std::scoped_lock lock(mutex_);
        auto outcome = make(writer_);
        current.replace(writer_.view());
        return outcome;
    }

    const Shape shape;
    const Kernels& kernels;
    Current<View> current;

private:
    std::mutex mutex_;
    Writer writer_;
};

Space::Space(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Space::~Space() = default;

Result<std::unique_ptr<Space>> Space::make(const Shape& shape, const Settings& settings) {
    TRY(check(shape));
    const Kernels* kernels = TRY(kernels_named(settings.kernels));
    return std::unique_ptr<Space>(new Space(std::make_unique<Inside>(Writer(shape, settings.scratch), *kernels)));
}

Result<std::unique_ptr<Space>> Space::load(const std::filesystem::path& path, const Settings& settings) {
    const Kernels* kernels = TRY(kernels_named(settings.kernels));
    auto mapping = TRY(Mapping::of_file(path));
    auto snapshot = read_snapshot(mapping->bytes());
    if (!snapshot) {
        snapshot.error().path = path.string();
        return std::move(snapshot).error();
    }
    auto writer = Writer::from(*snapshot, std::move(mapping), settings.scratch);
    if (!writer) {
        writer.error().path = path.string();
        return std::move(writer).error();
    }
    return std::unique_ptr<Space>(new Space(std::make_unique<Inside>(std::move(*writer), *kernels)));
}

Result<void> Space::put(std::span<const Row> rows, std::uint64_t sequence) {
    const Shape& shape = this->shape();
    const std::size_t width = padded(shape.width);
    std::vector<float> prepared(rows.size() * width);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto at = fmt::format("row {}", i);
        if (rows[i].fields.size() != shape.fields)
            return Error{Kind::invalid, "vector.fields",
                         fmt::format("The row carries {} fields; rows here carry {}.", rows[i].fields.size(), shape.fields), at};
        auto ready = prepare(rows[i].vector, shape, std::span(prepared).subspan(i * width, width));
        if (!ready) {
            ready.error().path = at;
            return ready;
        }
    }
    return inside_->change([&](Writer& writer) { return writer.put(rows, prepared, sequence); });
}

std::size_t Space::remove(std::span<const Key> keys, std::uint64_t sequence) {
    return inside_->change([&](Writer& writer) { return writer.remove(keys, sequence); });
}

Result<Found> Space::top_k(std::span<const float> query, std::size_t k, const Filter& filter, const QueryOptions&) const {
    const auto view = inside_->current.get();
    std::vector<float> prepared(padded(view->shape.width));
    TRY(prepare(query, view->shape, prepared));
    TRY(check(filter, view->shape));
    ScanTold told;
    Found found;
    found.hits = scan(*view, prepared, k, filter, inside_->kernels, &told);
    found.matching = told.matching;
    found.reranked = told.reranked;
    found.sequence = view->sequence;
    return found;
}

Result<void> Space::save(const std::filesystem::path& path) const {
    return write_snapshot(*inside_->current.get(), path);
}

Build Space::build() {
    return {.rows = size(), .clusters = 0, .recall = 1, .seconds = 0};
}

Stats Space::stats() const {
    Stats stats;
    stats.rows = size();
    return stats;
}

const Shape& Space::shape() const {
    return inside_->shape;
}
std::size_t Space::size() const {
    return inside_->current.get()->count;
}
std::uint64_t Space::sequence() const {
    return inside_->current.get()->sequence;
}
std::string_view Space::kernels() const {
    return inside_->kernels.name;
}

}  // namespace vitrine::vector
