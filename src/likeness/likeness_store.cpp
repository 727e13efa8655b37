#include "likeness/likeness_store.hpp"

#include <cstring>
#include <random>

namespace vitrine::likeness::rows {
namespace {

using store::Row;
using store::Statement;
using store::Transaction;

std::string_view name_of(Space space) {
    return json::enum_name(space);
}

// Positive, because the column has a sign.
std::int64_t make_key() {
    static thread_local std::random_device chance;
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(chance()) << 32 | chance()) >> 1);
}

std::vector<std::uint8_t> bytes_of(const std::vector<float>& numbers) {
    std::vector<std::uint8_t> bytes(numbers.size() * sizeof(float));
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return bytes;
}

std::vector<float> numbers_of(const std::vector<std::uint8_t>& bytes) {
    std::vector<float> numbers(bytes.size() / sizeof(float));
    std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
    return numbers;
}

std::vector<Named> named(const std::vector<Row>& rows) {
    std::vector<Named> all;
    all.reserve(rows.size());
    for (const auto& row : rows) {
        auto hash = row.whole_if("perceptual_hash");
        all.push_back({static_cast<vector::Key>(row.whole("key")), row.text("subject"), row.text("photo"), row.whole("part"),
                       hash ? std::optional(static_cast<std::uint64_t>(*hash)) : std::nullopt});
    }
    return all;
}

}  // namespace

Result<std::int64_t> count_up(Transaction& tx, const WorkspaceId& workspace) {
    static constexpr Statement count{"likeness.count_up", R"(
        INSERT INTO likeness_heads (workspace_id, sequence) VALUES (:workspace, 1)
        ON CONFLICT (workspace_id) DO UPDATE SET sequence = likeness_heads.sequence + 1 RETURNING sequence)"};
    return TRY(tx.row_or(count, {workspace}, "", "")).whole("sequence");
}

Result<std::int64_t> head(Transaction& tx, const WorkspaceId& workspace) {
    static constexpr Statement select{"likeness.head", "SELECT sequence FROM likeness_heads WHERE workspace_id = :workspace"};
    auto row = TRY(tx.row(select, {workspace}));
    return row ? row->whole("sequence") : 0;
}

Result<void> replace(Transaction& tx, const WorkspaceId& workspace, std::string_view subject, std::span<const Vector> vectors,
                     std::string_view version) {
    static constexpr Statement remove{"likeness.remove",
                                      "DELETE FROM likeness_rows WHERE workspace_id = :workspace AND subject = :subject"};
    static constexpr Statement insert{"likeness.insert", R"(
        INSERT INTO likeness_rows (key, workspace_id, space, version, subject, photo, part, width, perceptual_hash)
        VALUES (:key, :workspace, :space, :version, :subject, :photo, :part, :width, :hash))"};
    static constexpr Statement embed{"likeness.embed", "INSERT INTO likeness_vectors (key, vector) VALUES (:key, :vector)"};
    TRY(tx.execute(remove, {workspace, subject}));
    for (const auto& one : vectors) {
        const auto key = make_key();
        const auto hash = one.perceptual_hash ? std::optional(static_cast<std::int64_t>(*one.perceptual_hash)) : std::nullopt;
        TRY(tx.execute(insert,
                       {key, workspace, name_of(one.space), version, subject, one.photo, one.part, std::ssize(one.embedding), hash}));
        TRY(tx.execute(embed, {key, bytes_of(one.embedding)}));
    }
    return {};
}

Result<void> note_change(Transaction& tx, const WorkspaceId& workspace, std::string_view subject, const std::optional<std::string>& version,
                         std::int64_t sequence) {
    static constexpr Statement upsert{"likeness.note_change", R"(
        INSERT INTO likeness_subjects (workspace_id, subject, version, sequence) VALUES (:workspace, :subject, :version, :sequence)
        ON CONFLICT (workspace_id, subject) DO UPDATE SET version = excluded.version, sequence = excluded.sequence)"};
    TRY(tx.execute(upsert, {workspace, subject, version, sequence}));
    return {};
}

Result<std::optional<std::string>> version_of(Transaction& tx, const WorkspaceId& workspace, std::string_view subject) {
    static constexpr Statement select{"likeness.version_of",
                                      "SELECT version FROM likeness_subjects WHERE workspace_id = :workspace AND subject = :subject"};
    auto row = TRY(tx.row(select, {workspace, subject}));
    return row ? row->text_if("version") : std::nullopt;
}

Result<std::vector<Named>> all(Transaction& tx, const Comparable& which) {
    static constexpr Statement select{"likeness.all", R"(
        SELECT key, subject, photo, part, perceptual_hash FROM likeness_rows
        WHERE workspace_id = :workspace AND space = :space AND version = :version AND width = :width)"};
    return named(TRY(tx.rows(select, {which.workspace, name_of(which.space), which.version, which.width})));
}

Result<std::vector<Named>> of_subject(Transaction& tx, const Comparable& which, std::string_view subject) {
    static constexpr Statement select{"likeness.of_subject", R"(
        SELECT key, subject, photo, part, perceptual_hash FROM likeness_rows
        WHERE workspace_id = :workspace AND subject = :subject AND space = :space AND version = :version AND width = :width)"};
    return named(TRY(tx.rows(select, {which.workspace, subject, name_of(which.space), which.version, which.width})));
}

Result<std::vector<Embedded>> embeddings(Transaction& tx, std::span<const vector::Key> keys) {
    static constexpr Statement select{
        "likeness.embeddings", "SELECT key, vector FROM likeness_vectors WHERE key IN (SELECT value FROM json_each(:keys))",
        "SELECT key, vector FROM likeness_vectors WHERE key = ANY (ARRAY(SELECT jsonb_array_elements_text(:keys::jsonb)::bigint))"};
    if (keys.empty()) return std::vector<Embedded>{};
    json::Array wanted;
    for (auto key : keys) wanted.push_back(static_cast<std::int64_t>(key));
    std::vector<Embedded> found;
    for (const auto& row : TRY(tx.rows(select, {json::Value(std::move(wanted))})))
        found.push_back({static_cast<vector::Key>(row.whole("key")), numbers_of(row.bytes("vector"))});
    return found;
}

Result<std::vector<Changed>> changed_after(Transaction& tx, const WorkspaceId& workspace, std::int64_t sequence, int limit) {
    static constexpr Statement select{"likeness.changed_after", R"(
        SELECT subject, sequence FROM likeness_subjects WHERE workspace_id = :workspace AND sequence > :sequence
        ORDER BY sequence LIMIT :limit)"};
    std::vector<Changed> changed;
    for (const auto& row : TRY(tx.rows(select, {workspace, sequence, limit})))
        changed.push_back({row.text("subject"), row.whole("sequence")});
    return changed;
}

Result<std::vector<Stats>> stats(Transaction& tx) {
    static constexpr Statement select{"likeness.stats", R"(
        SELECT workspace_id, space, version, width, count(*) AS row_count, count(DISTINCT subject) AS subject_count FROM likeness_rows
        GROUP BY workspace_id, space, version, width ORDER BY workspace_id, space, version, width)"};
    std::vector<Stats> all;
    for (const auto& row : TRY(tx.rows(select))) {
        auto space = json::enum_of<Space>(row.text("space"));
        if (!space) continue;  // of a later program
        all.push_back({row.id<WorkspaceId>("workspace_id"), *space, row.text("version"), static_cast<std::size_t>(row.whole("row_count")),
                       static_cast<std::size_t>(row.whole("subject_count")), row.whole("width")});
    }
    return all;
}

}  // namespace vitrine::likeness::rows
