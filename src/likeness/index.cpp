#include "likeness/index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "core/log.hpp"
#include "likeness/best.hpp"

namespace vitrine::likeness {
namespace {

using rows::Named;
using store::Transaction;
using vector::Key;

constexpr std::size_t batch = 256;    // rows whose vectors are in memory at once beside the index
constexpr int changes_at_once = 100;  // subjects

// The same in every process and at every start. FNV-1a.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
}

std::filesystem::path file_of(const Settings& settings, const rows::Comparable& which) {
    auto version = hash_of(fmt::format("{} {}", which.version, which.width));
    return settings.folder / to_string(which.workspace) / fmt::format("{}-{:016x}.near", json::enum_name(which.space), version);
}

// Any direction that no photo has: so that every key comes back, in some order.
std::vector<float> some_direction(std::int64_t width) {
    std::vector<float> direction(static_cast<std::size_t>(width));
    for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = i % 2 == 0 ? 1.0f : -0.5f;
    return direction;
}

std::vector<Key> keys_of(std::span<const Named> named) {
    std::vector<Key> keys;
    for (const auto& row : named) keys.push_back(row.key);
    return keys;
}

Result<std::vector<Key>> keys_in(const vector::Space& space) {
    std::vector<Key> keys;
    for (const auto& hit :
         TRY(space.top_k(some_direction(space.shape().width), space.size(), {}, {.exact = true, .recall = {}, .effort = {}})).hits)
        keys.push_back(hit.key);
    return keys;
}

}  // namespace

// --- names ---------------------------------------------------------------------------------------------------------

void Names::add(const Named& row) {
    if (by_key_.try_emplace(row.key, Name{row.subject, row.photo, row.part, row.perceptual_hash}).second)
        by_subject_[row.subject].push_back(row.key);
}

void Names::remove(Key key) {
    auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    auto subject = by_subject_.find(found->second.subject);
    std::erase(subject->second, key);
    if (subject->second.empty()) by_subject_.erase(subject);
    by_key_.erase(found);
}

const Names::Name* Names::find(Key key) const {
    auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second;
}

std::vector<Key> Names::of(const std::string& subject) const {
    auto found = by_subject_.find(subject);
    return found == by_subject_.end() ? std::vector<Key>{} : found->second;
}

// --- opening -------------------------------------------------------------------------------------------------------

Index::Index(store::Database& database, rows::Comparable which, const Settings& settings)
    : database_(database), which_(std::move(which)), settings_(settings), file_(file_of(settings, which_)) {}

Result<std::unique_ptr<vector::Space>> Index::load() const {
    // Without its folder it lies in memory, and is not saved.
    std::error_code ignored;
    std::filesystem::create_directories(file_.parent_path(), ignored);
    const bool has_folder = std::filesystem::is_directory(file_.parent_path(), ignored);
    const vector::Settings settings{.kernels = settings_.kernels, .scratch = has_folder ? file_.parent_path() : std::filesystem::path()};
    const vector::Shape shape{.width = static_cast<std::uint32_t>(which_.width)};
    auto loaded = vector::Space::load(file_, settings);
    if (loaded && (*loaded)->shape() == shape) return loaded;
    if (!loaded && loaded.error().code != "vector.missing") log::failed("likeness.snapshot_left", loaded.error());
    return vector::Space::make(shape, settings);
}

// The caller holds `changing_`. Rows that others change meanwhile are of a later sequence than the head read here, so that
// the next catching up sees them again.
Result<void> Index::open(From from, const Likeness::Progress& progress) {
    std::error_code ignored;
    if (from == From::rows) std::filesystem::remove(file_, ignored);
    std::int64_t head = 0;
    std::vector<Named> all;
    TRY(database_.read([&](Transaction& tx) -> Result<void> {
        head = TRY(rows::head(tx, which_.workspace));  // first: on PostgreSQL each statement sees what is committed by then
        all = TRY(rows::all(tx, which_));
        return {};
    }));
    space_ = TRY(load());

    std::unordered_set<Key> held;
    for (auto key : TRY(keys_in(*space_))) held.insert(key);
    std::vector<Named> missing;
    names_.with([&](Names& names) {
        names = {};
        for (auto& row : all)
            if (held.erase(row.key) > 0)
                names.add(row);
            else
                missing.push_back(std::move(row));
    });
    const std::vector<Key> gone(held.begin(), held.end());  // what the snapshot has and the table has not
    space_->remove(gone, static_cast<std::uint64_t>(head));
    unsaved_ = gone.size();

    for (std::size_t done = 0; done < missing.size(); done += batch) {
        if (progress) progress(done, missing.size());
        const auto part = std::span<const Named>(missing).subspan(done, std::min(batch, missing.size() - done));
        const auto embedded = TRY(database_.read([&](Transaction& tx) { return rows::embeddings(tx, keys_of(part)); }));
        TRY(add(part, embedded, head));
    }
    if (progress) progress(missing.size(), missing.size());
    applied_ = head;
    open_ = true;
    return {};
}

Result<void> Index::build(const Likeness::Progress& progress) {
    std::scoped_lock lock(changing_);
    TRY(open(From::rows, progress));
    space_->build();
    return {};
}

// Vectors first: a row that has a name can be found. Rows whose vector was not there any more are left out.
Result<void> Index::add(std::span<const Named> named, std::span<const rows::Embedded> embedded, std::int64_t sequence) {
    std::vector<vector::Row> vectors;
    std::unordered_set<Key> there;
    for (const auto& row : embedded) {
        vectors.push_back({row.key, row.embedding, {}});
        there.insert(row.key);
    }
    TRY(space_->put(vectors, static_cast<std::uint64_t>(sequence)));
    names_.with([&](Names& names) {
        for (const auto& row : named)
            if (there.contains(row.key)) names.add(row);
    });
    unsaved_ += embedded.size();
    return {};
}

// --- catching up ---------------------------------------------------------------------------------------------------

Result<void> Index::catch_up() {
    const auto last = [&] { return database_.read([&](Transaction& tx) { return rows::head(tx, which_.workspace); }); };
    auto head = TRY(last());
    if (open_ && applied_ >= head) return {};
    std::scoped_lock lock(changing_);
    if (!open_) {
        TRY(open(From::snapshot, {}));
        head = TRY(last());  // what was replaced while it was read is missing until its change is in
    }
    while (applied_ < head) {
        auto changed =
            TRY(database_.read([&](Transaction& tx) { return rows::changed_after(tx, which_.workspace, applied_, changes_at_once); }));
        if (changed.empty())
            return Error{Kind::corrupt, "likeness.sequence", "The log of changed photos ends too early; restore the database."};
        TRY(apply(changed));
        applied_ = changed.back().sequence;
    }
    return {};
}

// Each subject's rows take the place of those that were known. First what is new can be found, then what is old no longer.
Result<void> Index::apply(std::span<const rows::Changed> changed) {
    std::vector<Named> fresh;
    std::vector<rows::Embedded> embedded;
    std::vector<Key> old;
    for (const auto& one : changed) {
        const auto known = names_.with([&](const Names& names) { return names.of(one.subject); });
        std::vector<Named> now, added;
        std::vector<rows::Embedded> found;
        TRY(database_.read([&](Transaction& tx) -> Result<void> {
            now = TRY(rows::of_subject(tx, which_, one.subject));
            std::ranges::copy_if(now, std::back_inserter(added), [&](const Named& row) { return !std::ranges::count(known, row.key); });
            found = TRY(rows::embeddings(tx, keys_of(added)));
            return {};
        }));
        // Replaced once more between the two: as it was known it stays until that change comes, which is not in `changed`.
        if (found.size() < added.size()) continue;
        for (auto key : known)
            if (std::ranges::find(now, key, &Named::key) == now.end()) old.push_back(key);
        std::ranges::move(added, std::back_inserter(fresh));
        std::ranges::move(found, std::back_inserter(embedded));
    }
    const auto sequence = changed.back().sequence;
    TRY(add(fresh, embedded, sequence));
    names_.with([&](Names& names) {
        for (auto key : old) names.remove(key);
    });
    space_->remove(old, static_cast<std::uint64_t>(sequence));
    unsaved_ += old.size();
    return {};
}

// --- searching -----------------------------------------------------------------------------------------------------

Result<Looked> Index::search(const Search& search) {
    if (auto looked = TRY(try_search(search))) return *std::move(looked);
    std::scoped_lock lock(changing_);  // nothing changes now
    if (auto looked = TRY(try_search(search))) return *std::move(looked);
    return Error{Kind::internal, "likeness.names", "The index holds a vector that nobody put there; run `vitrine index build`."};
}

Result<std::optional<Looked>> Index::try_search(const Search& search) {
    Looked looked;
    looked.searched = space_->size();
    const auto left_out = search.but ? names_.with([&](const Names& names) { return names.of(*search.but).size(); }) : 0;
    Best best(thresholds_of(which_.version));
    for (const auto& photo : search.photos) {
        // Rows are asked for until they are of `k` subjects, or all are there.
        for (auto asked = 2 * search.k + left_out;; asked *= 4) {
            const auto hits = TRY(space_->top_k(photo.embedding, asked)).hits;
            std::unordered_set<std::string_view> subjects;
            const bool known = names_.with([&](const Names& names) {
                for (const auto& hit : hits) {
                    const auto* name = names.find(hit.key);
                    if (name == nullptr) return false;
                    if (name->subject == search.but) continue;
                    best.note(name->subject, name->photo, name->part, hit.score, distance(photo.perceptual_hash, name->perceptual_hash));
                    subjects.insert(name->subject);
                }
                return true;
            });
            if (!known) return std::nullopt;
            if (subjects.size() >= search.k || hits.size() < asked) break;
        }
    }
    looked.matches = std::move(best).take(search.k);
    return looked;
}

// --- snapshots -------------------------------------------------------------------------------------------

Stats Index::stats() const {
    const auto subjects = names_.with([](const Names& names) { return names.subjects(); });
    return {which_.workspace, which_.space, which_.version, space_ ? space_->size() : 0, subjects, which_.width};
}

Result<void> Index::save() {
    if (!open_) return {};
    const auto before = unsaved_.load();
    TRY(space_->save(file_));
    unsaved_ -= before;
    return {};
}

}  // namespace vitrine::likeness
