#include "vector/space.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/current.hpp"
#include "vector/approximate.hpp"
#include "vector/gather.hpp"
#include "vector/recall_monitor.hpp"
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

// From so many bytes on a scan takes two milliseconds and more, and rows are gathered into clusters. Below, an exact answer is worth more
// than the time (docs/decisions/0010).
constexpr std::size_t clusters_pay_from = std::size_t{20} << 20;

}  // namespace

class Space::Inside {
public:
    Inside(Writer writer, const Kernels& kernels, const Settings& settings)
        : shape(writer.view()->shape),
          kernels(kernels),
          settings(settings),
          current(writer.view()),
          monitor(settings.watch_one_in, settings.recall),
          writer_(std::move(writer)),
          caretaker_([this](const std::stop_token& stop) { take_care(stop); }) {}

    // One change at a time; it is what the next search sees.
    template <class Change>
    auto change(Change&& make) {
        std::scoped_lock lock(mutex_);
        auto outcome = make(writer_);
        current.replace(writer_.view());
        if (is_due()) wake();
        return outcome;
    }

    // The rows are gathered beside what goes on. What changed meanwhile is done again in the new order, of which the last little
    // while changes wait; then it takes the old one's place. None when it was asked to stop.
    std::optional<Build> build(const std::stop_token& stop) {
        std::scoped_lock one_at_a_time(building_);
        const auto start = std::chrono::steady_clock::now();
        std::shared_ptr<const View> view;
        {
            std::scoped_lock lock(mutex_);
            writer_.begin_noting();
            view = writer_.view();
        }
        auto gathered = gather(*view, kernels, stop);
        while (gathered) {
            std::unique_lock lock(mutex_);
            const auto noted = writer_.take_noted();
            view = writer_.view();
            const bool last = noted.size() <= few_changes;
            if (!last) lock.unlock();
            for (const auto& [key, kept] : noted) {
                if (!kept) {
                    gathered->rows.remove(key);
                    continue;
                }
                const std::span<const float> vector{view->slots->row(kept->slot), shape.width};
                gathered->rows.put({key, vector, kept->fields}, vector, kept->slot);
            }
            if (!last) continue;
            writer_.adopt(std::move(gathered->rows), gathered->clusters);
            writer_.end_noting();
            current.replace(writer_.view());
            last_build_ = Build{};
            last_build_->rows = view->count;
            last_build_->clusters = gathered->clusters ? gathered->clusters->model->clusters : 0;
            last_build_->recall = gathered->clusters ? gathered->clusters->ladder.reaching(settings.recall).recall : 1;
            last_build_->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            return last_build_;
        }
        std::scoped_lock lock(mutex_);
        writer_.end_noting();
        return std::nullopt;
    }
    std::optional<Build> last_build() const {
        std::scoped_lock lock(mutex_);
        return last_build_;
    }
    void wake() {
        std::scoped_lock lock(due_mutex_);
        due_ = true;
        due_changed_.notify_one();
    }

    const Shape shape;
    const Kernels& kernels;
    const Settings settings;
    Current<View> current;
    RecallMonitor monitor;

private:
    static constexpr std::size_t few_changes = 64;

    // There are enough rows for clusters, or a quarter of those that the clusters were learned from have become others.
    bool is_due() const {
        if (!settings.builds_itself) return false;
        const View& view = *writer_.view();
        if (view.clusters) return writer_.changes() > last_build_rows() / 4;
        return view.count * padded(shape.width) >= clusters_pay_from && shape.width >= lanes;
    }
    std::size_t last_build_rows() const { return last_build_ ? last_build_->rows : 0; }

    // Builds when it is due, and compares searches with their exact answers.
    void take_care(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            {
                std::unique_lock lock(due_mutex_);
                due_changed_.wait(lock, stop, [&] { return due_; });
                due_ = false;
            }
            if (stop.stop_requested()) return;
            const bool must_build = [&] {
                std::scoped_lock lock(mutex_);
                return is_due();
            }();
            if (must_build) (void)build(stop);
            while (!stop.stop_requested()) {
                const auto sample = monitor.take();
                if (!sample) break;
                monitor.tell(*sample, scan(*sample->view, sample->query, sample->k, sample->filter, kernels));
            }
        }
    }

    mutable std::mutex mutex_;
    Writer writer_;
    std::optional<Build> last_build_;
    std::mutex building_;
    std::mutex due_mutex_;
    std::condition_variable_any due_changed_;
    bool due_ = false;
    std::jthread caretaker_;  // last: it uses all of the above
};

Space::Space(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Space::~Space() = default;

Result<std::unique_ptr<Space>> Space::make(const Shape& shape, const Settings& settings) {
    TRY(check(shape));
    const Kernels* kernels = TRY(kernels_named(settings.kernels));
    return std::unique_ptr<Space>(new Space(std::make_unique<Inside>(Writer(shape, *kernels, settings.scratch), *kernels, settings)));
}

Result<std::unique_ptr<Space>> Space::load(const std::filesystem::path& path, const Settings& settings) {
    const Kernels* kernels = TRY(kernels_named(settings.kernels));
    auto mapping = TRY(Mapping::of_file(path));
    auto snapshot = read_snapshot(mapping->bytes());
    if (!snapshot) {
        snapshot.error().path = path.string();
        return std::move(snapshot).error();
    }
    auto writer = Writer::from(*snapshot, std::move(mapping), *kernels, settings.scratch);
    if (!writer) {
        writer.error().path = path.string();
        return std::move(writer).error();
    }
    auto inside = std::make_unique<Inside>(std::move(*writer), *kernels, settings);
    inside->wake();
    return std::unique_ptr<Space>(new Space(std::move(inside)));
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

Result<Found> Space::top_k(std::span<const float> query, std::size_t k, const Filter& filter, const QueryOptions& options) const {
    const auto view = inside_->current.get();
    std::vector<float> prepared(padded(view->shape.width));
    TRY(prepare(query, view->shape, prepared));
    TRY(check(filter, view->shape));
    Found found;
    found.sequence = view->sequence;
    if (view->clusters && !options.exact && k > 0 && k < view->count) {
        const Ladder& ladder = view->clusters->ladder;
        const auto& rung = options.effort ? ladder.at(*options.effort) : ladder.reaching(options.recall.value_or(inside_->monitor.aim()));
        if (auto answer = approximate(*view, prepared, k, filter, rung.effort, inside_->kernels)) {
            found.hits = std::move(answer->hits);
            found.exact = false;
            found.matching = answer->matching;
            found.reranked = answer->reranked;
            if (inside_->monitor.turn()) {
                inside_->monitor.offer({view, std::move(prepared), k, filter, found.hits, !options.effort && !options.recall});
                inside_->wake();
            }
            return found;
        }
    }
    ScanTold told;
    found.hits = scan(*view, prepared, k, filter, inside_->kernels, &told);
    found.matching = told.matching;
    found.reranked = told.reranked;
    return found;
}

Result<void> Space::save(const std::filesystem::path& path) const {
    return write_snapshot(*inside_->current.get(), path);
}

Build Space::build() {
    return inside_->build({}).value();
}

Stats Space::stats() const {
    const auto view = inside_->current.get();
    Stats stats;
    stats.rows = view->count;
    for (const auto& [block, rows] : *view->blocks) stats.bytes += block->bytes();
    if (view->clusters) {
        stats.clusters = view->clusters->model->clusters;
        stats.bytes += view->clusters->model->bytes();
    }
    stats.bytes_full = view->slots->size() * padded(view->shape.width) * sizeof(float);
    stats.build = inside_->last_build();
    stats.watched = inside_->monitor.watched();
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
