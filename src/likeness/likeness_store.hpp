#pragma once
// Inside this room only: all of its SQL. Every function runs in the caller's transaction.

#include <optional>
#include <string>
#include <vector>

#include "likeness/likeness.hpp"
#include "vector/shape.hpp"

namespace vitrine::likeness::rows {

// Which rows may be compared with one another.
struct Comparable {
    WorkspaceId workspace;
    Space space = Space::own;
    std::string version;
    std::int64_t width = 0;

    auto operator<=>(const Comparable&) const = default;
};

// A row without its vector.
struct Named {
    vector::Key key = 0;
    std::string subject, photo;
    std::int64_t part = 0;
    std::optional<std::uint64_t> perceptual_hash;
};
struct Embedded {
    vector::Key key = 0;
    std::vector<float> embedding;
};
struct Changed {
    std::string subject;
    std::int64_t sequence = 0;
};

// The next sequence of the workspace. Nobody else gets one until this transaction has ended.
Result<std::int64_t> count_up(store::Transaction&, const WorkspaceId&);
// The last that was given and committed; 0 before the first.
Result<std::int64_t> head(store::Transaction&, const WorkspaceId&);

// In place of the rows it has.
Result<void> replace(store::Transaction&, const WorkspaceId&, std::string_view subject, std::span<const Vector>, std::string_view version);
Result<void> note_change(store::Transaction&, const WorkspaceId&, std::string_view subject, const std::optional<std::string>& version,
                         std::int64_t sequence);
Result<std::optional<std::string>> version_of(store::Transaction&, const WorkspaceId&, std::string_view subject);

Result<std::vector<Named>> all(store::Transaction&, const Comparable&);
Result<std::vector<Named>> of_subject(store::Transaction&, const Comparable&, std::string_view subject);
// Those that are still there, in any order.
Result<std::vector<Embedded>> embeddings(store::Transaction&, std::span<const vector::Key>);
// In the order of their sequences.
Result<std::vector<Changed>> changed_after(store::Transaction&, const WorkspaceId&, std::int64_t sequence, int limit);
Result<std::vector<Stats>> stats(store::Transaction&);

}  // namespace vitrine::likeness::rows
