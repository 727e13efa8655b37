#pragma once
// Space: rows of vectors, and which of them are nearest to another. In this process, with the exact answer.

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/result.hpp"
#include "vector/filter.hpp"
#include "vector/shape.hpp"

namespace vitrine::vector {

struct Settings {
    std::string kernels = "auto";   // or "avx512", "avx2", "portable"
    std::filesystem::path scratch;  // a folder whose disk takes the full vectors; empty: they stay in memory
};

struct Found {
    std::vector<Hit> hits;       // the min(k, matching) nearest, best first
    std::size_t matching = 0;    // rows that the filter let through
    std::size_t reranked = 0;    // of them, how many full vectors were read
    std::uint64_t sequence = 0;  // of the last change that this answer knows
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
    Result<Found> top_k(std::span<const float> query, std::size_t k, const Filter& = {}) const;

    // As it is now, whole and durable under that name, or not at all; searches and changes go on meanwhile. Errors:
    // vector.disk_full, vector.disk, vector.missing (its folder).
    Result<void> save(const std::filesystem::path&) const;

    const Shape& shape() const;
    std::size_t size() const;
    // The highest that a change came with: a space that was loaded is caught up from the rows after it.
    std::uint64_t sequence() const;
    std::string_view kernels() const;  // which are in use

private:
    class Inside;
    explicit Space(std::unique_ptr<Inside>);
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::vector
