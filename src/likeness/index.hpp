#pragma once
// Inside this room only: one set of comparable rows, in memory and searchable.
//
//   nothing --first search: snapshot, then whatever rows differ from it--> open --every search: subjects changed since--> open
//
// A key's vector never changes, so an index that holds the keys of the table holds the table. That, and not the snapshot's
// age, is what opening establishes; so a snapshot that is old, of another database or copied back from a backup costs time and
// nothing else.

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "core/guarded.hpp"
#include "likeness/likeness_store.hpp"
#include "vector/space.hpp"

namespace vitrine::likeness {

// What the keys stand for.
class Names {
public:
    struct Name {
        std::string subject, photo;
        std::int64_t part = 0;
        std::optional<std::uint64_t> perceptual_hash;
    };

    void add(const rows::Named&);
    void remove(vector::Key);
    const Name* find(vector::Key) const;                    // null when it is none of ours
    std::vector<vector::Key> of(const std::string&) const;  // of this subject
    std::size_t subjects() const { return by_subject_.size(); }
    std::size_t size() const { return by_key_.size(); }

private:
    std::unordered_map<vector::Key, Name> by_key_;
    std::unordered_map<std::string, std::vector<vector::Key>> by_subject_;
};

// Any thread.
class Index {
public:
    Index(store::Database&, rows::Comparable, const Settings&);

    // From here on it knows every change that was committed before the call.
    Result<void> catch_up();
    // Of what it knows.
    Result<Looked> search(const Search&);

    // Opens it from the rows alone.
    Result<void> build(const Likeness::Progress&);
    // Against every row of the table, as the table is now.
    Result<Checked> check(const Likeness::Progress&);

    bool is_open() const { return open_; }
    Stats stats() const;
    // Of the searches of late that were compared with the exact answer; 1 before any was.
    double recall_lately() const { return open_ ? space_->stats().watched.recall_lately : 1; }
    // Rows that no snapshot of this process has; 0 before it was opened.
    std::size_t unsaved() const { return unsaved_; }
    Result<void> save();

private:
    enum class From { snapshot, rows };
    Result<void> open(From, const Likeness::Progress&);
    Result<std::unique_ptr<vector::Space>> load() const;
    Result<Checked> compare(const Likeness::Progress&) const;
    Result<void> add(std::span<const rows::Named>, std::span<const rows::Embedded>, std::int64_t sequence);
    Result<void> apply(std::span<const rows::Changed>);
    // None when a hit is of a change that is being made: then the names are of another moment than the vectors.
    Result<std::optional<Looked>> try_search(const Search&);

    store::Database& database_;
    const rows::Comparable which_;
    const Settings settings_;
    const std::filesystem::path file_;

    std::mutex changing_;
    std::atomic<bool> open_ = false;
    std::atomic<std::int64_t> applied_ = 0;  // every change up to this sequence is in
    std::atomic<std::size_t> unsaved_ = 0;
    std::unique_ptr<vector::Space> space_;  // set once, before open_
    Guarded<Names> names_;
};

}  // namespace vitrine::likeness
