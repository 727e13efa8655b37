#pragma once
// Space: rows of vectors, and which of them are nearest to another. In this process.
//
// A small space answers exactly. A large one is gathered into clusters, in the background or by `build`, and then finds nearly
// all of the nearest many times faster: how nearly is set as a recall, and kept by what was measured on the rows themselves, so
// there is nothing to tune. `QueryOptions::exact` asks for the exact answer at any size.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "vector/filter.hpp"
#include "vector/shape.hpp"

namespace vitrine::vector {

struct Settings {
    std::string kernels = "auto";    // or "avx512", "avx2", "portable"
    std::filesystem::path scratch;   // a folder whose disk takes the full vectors; empty: they stay in memory
    double recall = 0.97;            // how many of the 20 nearest a search finds on average, of one that is not exact
    bool builds_itself = true;       // into clusters, in the background, when there are enough rows or they have become others
    std::size_t watch_one_in = 500;  // searches that are compared with the exact answer; 0: none
};

// How one search is done. Without a wish it finds Settings::recall of the nearest.
struct QueryOptions {
    bool exact = false;            // every row that matches is looked at
    std::optional<double> recall;  // another than the settings'; the most effort when nothing measured reaches it
    std::optional<double> effort;  // 0 to 1, in place of a recall: for measuring what effort brings
};

struct Found {
    std::vector<Hit> hits;       // the min(k, matching) nearest, best first: never fewer
    bool exact = true;           // none that is nearer was left out
    std::size_t matching = 0;    // rows that the filter let through, of those that were looked at (all, when exact)
    std::size_t reranked = 0;    // of them, how many full vectors were read
    std::uint64_t sequence = 0;  // of the last change that this answer knows
};

// How the gathering into clusters went.
struct Build {
    std::size_t rows = 0;
    std::size_t clusters = 0;  // 0: there are too few rows for them, every search is exact
    double recall = 0;         // that a search without wishes reaches, measured on held-out rows; below the settings' when nothing does
    double seconds = 0;
};

// Searches of late, compared with the exact answer in the background: one in Settings::watch_one_in. Queries of another kind than the
// rows find less than was measured; then searches aim higher until Settings::recall is found again.
struct Watched {
    std::uint64_t searches = 0;  // that were compared
    std::uint64_t left_out = 0;  // whose turn came while the last ones were still being compared
    double recall = 1;           // of all compared
    double recall_lately = 1;    // of the last 64
    double aim = 0;              // the measured recall that searches aim at to find Settings::recall
};

struct Stats {
    std::size_t rows = 0;
    std::size_t clusters = 0;    // 0: every search is exact
    std::size_t bytes = 0;       // in memory, without the full vectors
    std::size_t bytes_full = 0;  // of the full vectors: a mapped file's where the space has one, else memory
    std::optional<Build> build;  // the last one
    Watched watched;
};

// Searches may run on any number of threads beside one another and beside changes; a search sees the space as it was at one
// moment, and every change that had returned before. Changes wait for one another, and never for a search.
class Space {
public:
    // Errors: vector.shape (width or fields out of bounds), vector.kernels.
    static Result<std::unique_ptr<Space>> make(const Shape&, const Settings& = {});

    // From a snapshot, whose file stays mapped: it may be replaced or unlinked meanwhile, not written into. Errors:
    // vector.missing, vector.snapshot_damaged, vector.snapshot_version, vector.disk, vector.kernels. A damaged or old one is
    // no loss: the space is made again from the rows it was filled from.
    static Result<std::unique_ptr<Space>> load(const std::filesystem::path&, const Settings& = {});

    ~Space();

    // Adds rows; one whose key is there takes its place, and of equal keys among the rows the last holds. All or none.
    // Errors: vector.width, vector.fields, vector.not_finite, vector.zero (cosine), vector.too_large, vector.full,
    // vector.disk_full, vector.disk; with the number of the row as path.
    Result<void> put(std::span<const Row>, std::uint64_t sequence = 0);

    // How many of the keys were there. They are never found again, and their places are used again.
    std::size_t remove(std::span<const Key>, std::uint64_t sequence = 0);

    // The nearest k of the rows that the filter lets through: fewer only when fewer match. k of 0 answers none. Errors:
    // vector.width, vector.not_finite, vector.zero, vector.too_large, vector.filter (a field the rows do not have).
    Result<Found> top_k(std::span<const float> query, std::size_t k, const Filter& = {}, const QueryOptions& = {}) const;

    // Gathers the rows into clusters as they are now, on this thread; searches and changes go on meanwhile. Nobody has to call
    // it: a space does so itself when it pays. Any number of rows that is not too small for clusters is taken.
    Build build();

    // As it is now, whole and durable under that name, or not at all; searches and changes go on meanwhile. Errors:
    // vector.disk_full, vector.disk, vector.missing (its folder).
    Result<void> save(const std::filesystem::path&) const;

    const Shape& shape() const;
    std::size_t size() const;
    // The highest that a change came with: a space that was loaded is caught up from the rows after it.
    std::uint64_t sequence() const;
    std::string_view kernels() const;  // which are in use
    Stats stats() const;

private:
    class Inside;
    explicit Space(std::unique_ptr<Inside>);
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::vector
