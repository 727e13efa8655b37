#include "likeness/likeness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <map>
#include <thread>
#include <utility>

#include "core/log.hpp"
#include "likeness/index.hpp"
#include "likeness_embedded.hpp"

namespace vitrine::likeness {
namespace {

using store::Transaction;

constexpr std::chrono::minutes snapshot_age_max{10}, look_every{1};

Result<void> has_direction(const Vector& vector) {
    auto refused = [&](std::string_view why) {
        return Error{Kind::invalid, "likeness.vector",
                     fmt::format("The embedding of photo {} {}; it was made wrongly.", vector.photo, why)};
    };
    if (vector.embedding.empty() || vector.embedding.size() > vector::width_max)
        return refused(fmt::format("is {} numbers wide", vector.embedding.size()));
    double squares = 0;
    for (float number : vector.embedding) squares += static_cast<double>(number) * number;
    if (!std::isfinite(squares)) return refused("holds a number that is not finite");
    if (squares == 0) return refused("is all zeros");
    return {};
}

rows::Comparable comparable(const Stats& stats) {
    return {stats.workspace, stats.space, stats.version, stats.width};
}

}  // namespace

struct Likeness::Inside {
    store::Database& database;
    const Settings settings;
    prometheus::Counter& searches;
    prometheus::Histogram& search_seconds;
    prometheus::Gauge& recall;

    using Indexes = std::map<rows::Comparable, std::shared_ptr<Index>>;
    Guarded<Indexes> indexes;

    std::mutex mutex;
    std::condition_variable_any woken;
    bool has_news = false;   // by mutex
    bool opens_all = false;  // by mutex
    std::jthread keeping{};  // last: it ends before what it uses

    Inside(store::Database& database, Settings settings, Metrics& metrics)
        : database(database),
          settings(std::move(settings)),
          searches(metrics.counter("vitrine_likeness_searches_total", "Searches for what looks alike.")),
          search_seconds(metrics.seconds("vitrine_likeness_search_seconds", "Time of one search, catching up included.")),
          recall(metrics.gauge("vitrine_likeness_recall",
                               "Of the 20 nearest, how many searches of late found; the worst index's, by samples.")) {
        recall.Set(1);
        keeping = std::jthread([this](std::stop_token stop) { keep(stop); });
    }

    std::shared_ptr<Index> index_of(const rows::Comparable& which) {
        return indexes.with([&](Indexes& all) -> std::shared_ptr<Index> {
            auto& index = all[which];
            if (index) return index;
            if (!is_measured(which.version)) log::warn("likeness.model_not_measured", {{"version", which.version}});
            return index = std::make_shared<Index>(database, which, settings);
        });
    }
    std::vector<std::shared_ptr<Index>> open_ones() {
        return indexes.with([](const Indexes& all) {
            std::vector<std::shared_ptr<Index>> open;
            for (const auto& [which, index] : all) open.push_back(index);
            return open;
        });
    }

    void tell(bool open_all = false) {
        {
            std::scoped_lock lock(mutex);
            has_news = true;
            opens_all = opens_all || open_all;
        }
        woken.notify_one();
    }

    void open_all(const std::stop_token& stop) {
        auto known = database.read([](Transaction& tx) { return rows::stats(tx); });
        if (!known) return log::failed("likeness.not_opened", known.error());
        for (const auto& stats : *known)
            if (!stop.stop_requested())
                if (auto opened = index_of(comparable(stats))->catch_up(); !opened) log::failed("likeness.not_opened", opened.error());
    }

    // Keeps what is open up to date between searches, so that the next one has little to catch up with, and saves it now and then.
    // Searches do not depend on it.
    void keep(const std::stop_token& stop) {
        auto saved_at = std::chrono::steady_clock::now();
        while (!stop.stop_requested()) {
            bool opening = false;
            {
                std::unique_lock lock(mutex);
                woken.wait_for(lock, stop, look_every, [&] { return has_news; });
                has_news = false;
                opening = std::exchange(opens_all, false);
            }
            if (opening) open_all(stop);
            const bool is_time = std::chrono::steady_clock::now() - saved_at >= snapshot_age_max;
            double worst = 1;
            for (const auto& index : open_ones()) {
                if (stop.stop_requested()) break;
                if (!index->is_open()) continue;
                if (auto caught_up = index->catch_up(); !caught_up) log::failed("likeness.behind", caught_up.error());
                if (index->unsaved() >= settings.snapshot_rows || (is_time && index->unsaved() > 0)) save(*index);
                worst = std::min(worst, index->recall_lately());
            }
            recall.Set(worst);
            if (is_time) saved_at = std::chrono::steady_clock::now();
        }
    }

    static void save(Index& index) {
        if (auto saved = index.save(); !saved) log::failed("likeness.snapshot_not_saved", saved.error());
    }

    // Under the next sequence, in the caller's transaction.
    Result<void> change(Transaction& tx, const WorkspaceId& workspace, std::string_view subject, std::span<const Vector> vectors,
                        const std::optional<std::string>& version) {
        const auto sequence = TRY(rows::count_up(tx, workspace));  // first: from here to the COMMIT nobody else writes to this workspace
        TRY(rows::replace(tx, workspace, subject, vectors, version.value_or("")));
        TRY(rows::note_change(tx, workspace, subject, version, sequence));
        tx.after_commit([this] { tell(); });
        return {};
    }
};

Likeness::Likeness(store::Database& database, Settings settings, Metrics& metrics)
    : inside_(std::make_unique<Inside>(database, std::move(settings), metrics)) {}

Likeness::~Likeness() {
    inside_->keeping.request_stop();
    inside_->keeping.join();
    for (const auto& index : inside_->open_ones())
        if (index->unsaved() > 0) Inside::save(*index);
}

store::Migrations Likeness::migrations() {
    return {"likeness", embedded_files()};
}

Result<void> Likeness::put(Transaction& tx, const WorkspaceId& workspace, std::string_view subject, std::span<const Vector> vectors,
                           std::string_view version) {
    for (const auto& vector : vectors) TRY(has_direction(vector));
    return inside_->change(tx, workspace, subject, vectors, std::string(version));
}

Result<void> Likeness::remove(Transaction& tx, const WorkspaceId& workspace, std::string_view subject) {
    return inside_->change(tx, workspace, subject, {}, std::nullopt);
}

Result<std::optional<std::string>> Likeness::version_kept(Transaction& tx, const WorkspaceId& workspace, std::string_view subject) {
    return rows::version_of(tx, workspace, subject);
}

void Likeness::open_soon() {
    inside_->tell(true);
}

Result<Looked> Likeness::nearest(const WorkspaceId& workspace, const Search& search) {
    const auto start = std::chrono::steady_clock::now();
    if (search.photos.empty()) return Error{Kind::invalid, "likeness.vector", "There is no photo to compare with; give one at least."};
    for (const auto& photo : search.photos) {
        TRY(has_direction(Vector{.space = search.space, .photo = "that is looked for", .embedding = photo.embedding}));
        if (photo.embedding.size() != search.photos.front().embedding.size())
            return Error{Kind::invalid, "likeness.vector", "The photos' embeddings are of different widths; they are of one model."};
    }
    auto index = inside_->index_of({workspace, search.space, search.version, std::ssize(search.photos.front().embedding)});
    TRY(index->catch_up());
    auto looked = TRY(index->search(search));
    inside_->searches.Increment();
    inside_->search_seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    return looked;
}

Result<std::vector<Stats>> Likeness::stats() {
    return inside_->database.read([](Transaction& tx) { return rows::stats(tx); });
}

Result<Stats> Likeness::build(const Stats& stats, const Progress& progress) {
    Index index(inside_->database, comparable(stats), inside_->settings);
    TRY(index.build(progress));
    TRY(index.save());
    return index.stats();
}

Result<Checked> Likeness::check(const Stats& stats, const Progress& progress) {
    Index index(inside_->database, comparable(stats), inside_->settings);
    return index.check(progress);
}

}  // namespace vitrine::likeness
