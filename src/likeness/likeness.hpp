#pragma once
// Which photo looks like which. A writer keeps embeddings as rows, in the transaction of its own change; every process
// has an index of them, made at its first search and caught up from the rows before each later one; and what is found
// comes with how close it is, in words.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics.hpp"
#include "likeness/closeness.hpp"
#include "store/database.hpp"

namespace vitrine::likeness {

// own: one vector a photo. region: one a part of a photo that was looked at by itself.
enum class Space { own, region };
BOOST_DESCRIBE_ENUM(Space, own, region)

struct Vector {
    Space space = Space::own;
    std::string photo;             // its id, as the writer wants it back
    std::int64_t part = 0;         // of the photo: 0 is all of it, regions count from 1
    std::vector<float> embedding;  // any length but zero
    std::optional<std::uint64_t> perceptual_hash = std::nullopt;
};

// One photo of the thing that is looked for.
struct Sought {
    std::vector<float> embedding;
    std::optional<std::uint64_t> perceptual_hash = std::nullopt;  // tells the same picture from the same thing
};

struct Search {
    Space space = Space::own;
    std::string version;                            // of the model that made the embeddings: rows of another one are not looked at
    std::vector<Sought> photos;                     // all of one thing: a subject counts as the nearest of any of them to any of its own
    std::size_t k = 20;                             // subjects, not photos
    std::optional<std::string> but = std::nullopt;  // this subject is left out: the one that is asked for
};

struct Match {
    std::string subject;
    std::string photo;      // of that subject: the one that is nearest
    std::int64_t part = 0;  // of that photo
    float score = 0;        // cosine, -1 to 1
    Closeness closeness = Closeness::none;
    bool same_picture = false;  // the perceptual hashes say so: the same shot, saved again
};

struct Looked {
    std::vector<Match> matches;  // subjects, each once, best first; whatever their closeness
    std::size_t searched = 0;    // vectors looked through
};

struct Settings {
    std::filesystem::path folder;      // DATA/index: snapshots, which may be deleted at any time
    std::string kernels = "auto";      // as in vector::Settings
    std::size_t snapshot_rows = 1000;  // so many changed rows are worth a new snapshot, beside the one at the end
};

// One of the indexes of this process as it is now, for `vitrine index`.
struct Stats {
    WorkspaceId workspace;
    Space space = Space::own;
    std::string version;
    std::size_t rows = 0, subjects = 0;
    std::int64_t width = 0;
};

// What `check` found. Right when nothing is missing, too many or different.
struct Checked {
    Stats stats;
    std::size_t missing = 0, too_many = 0, different = 0;
    double recall = 1;  // of a sample of searches at 20, against every row compared
    std::size_t sampled = 0;
    bool right() const { return missing == 0 && too_many == 0 && different == 0; }
};

// Any thread. Workspaces never see one another: every row, index and file is one workspace's.
class Likeness {
public:
    // The database outlives it. Nothing is read until somebody searches, or open_soon.
    Likeness(store::Database&, Settings, Metrics&);
    // Saves snapshots of what changed since the last.
    ~Likeness();

    // All vectors of a subject, in place of those it had, under the next sequence; found by searches that begin after the
    // COMMIT, in any process. Several subjects of one workspace may be put in one transaction. Before Events::append, in
    // every transaction that does both: on PostgreSQL each waits for its like until the COMMIT, in that order.
    // Errors: likeness.vector (width, not finite, or zero), those of the store.
    Result<void> put(store::Transaction&, const WorkspaceId&, std::string_view subject, std::span<const Vector>, std::string_view version);
    // None of them any longer, by the same rules. A subject that has none is no error.
    Result<void> remove(store::Transaction&, const WorkspaceId&, std::string_view subject);
    // The version its vectors were put with; absent when it was never put, or removed.
    Result<std::optional<std::string>> version_kept(store::Transaction&, const WorkspaceId&, std::string_view subject);

    // Opens every index there are rows for, on a thread of its own, so that the first search does not wait for it. For a process
    // that will be asked.
    void open_soon();

    // Knows every change whose COMMIT was answered before the call, whoever made it. The first search of a workspace
    // fills its index, from a snapshot where there is one. Not inside a transaction of this thread. Errors: likeness.vector
    // (a query that has no direction, or another width than the rows), those of the store.
    Result<Looked> nearest(const WorkspaceId&, const Search&);

    // The indexes there are rows for, of all workspaces.
    Result<std::vector<Stats>> stats();
    // Makes this index from its rows alone, whatever snapshot there is, and saves it. `progress(done, of)` now and then.
    using Progress = std::function<void(std::size_t done, std::size_t of)>;
    Result<Stats> build(const Stats&, const Progress& = {});
    // Compares the index, as a search would open it, with every row. Changes nothing.
    Result<Checked> check(const Stats&, const Progress& = {});

    static store::Migrations migrations();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::likeness
