#include "vision/findings_store.hpp"

#include <cstring>

#include "store/database.hpp"
#include "vision/findings.hpp"

namespace vitrine::vision {
namespace {

// {"vector": [...]} alone is 5 KB of floats and 15 KB of text, so it is kept as floats.
std::optional<std::vector<std::uint8_t>> as_vector(const json::Value& value) {
    const auto* object = value.if_object();
    if (!object || object->size() != 1 || !object->contains("vector")) return std::nullopt;
    auto embedding = json::read<Embedding>(value);
    if (!embedding) return std::nullopt;
    std::vector<std::uint8_t> bytes(embedding->vector.size() * sizeof(float));
    std::memcpy(bytes.data(), embedding->vector.data(), bytes.size());
    return bytes;
}

json::Value from_vector(const std::vector<std::uint8_t>& bytes) {
    Embedding embedding;
    embedding.vector.resize(bytes.size() / sizeof(float));
    std::memcpy(embedding.vector.data(), bytes.data(), embedding.vector.size() * sizeof(float));
    return json::write(embedding);
}

}  // namespace

Result<std::map<std::string, StoredFinding>> stored_findings(store::Transaction& tx, const WorkspaceId& workspace,
                                                             const photo::PhotoId& photo) {
    static constexpr store::Statement select{
        "findings_of_photo", "SELECT task, version, value, vector FROM findings WHERE workspace_id = :workspace AND photo_id = :photo"};
    std::map<std::string, StoredFinding> found;
    for (const auto& row : TRY(tx.rows(select, {workspace, photo}))) {
        if (!row.is_null("vector")) {
            found[row.text("task")] = {row.text("version"), from_vector(row.bytes("vector"))};
        } else if (!row.is_null("value")) {
            if (auto value = row.json("value")) found[row.text("task")] = {row.text("version"), *value};
        }
    }
    return found;
}

Result<void> keep_finding(store::Transaction& tx, const WorkspaceId& workspace, const photo::PhotoId& photo, std::string_view task,
                          const StoredFinding& found, Time found_at) {
    static constexpr store::Statement upsert{
        "findings_keep",
        "INSERT INTO findings (workspace_id, photo_id, task, version, value, vector, found_at)"
        " VALUES (:workspace, :photo, :task, :version, :value, :vector, :found_at)"
        " ON CONFLICT (workspace_id, photo_id, task) DO UPDATE SET"
        " version = excluded.version, value = excluded.value, vector = excluded.vector, found_at = excluded.found_at"};
    auto vector = as_vector(found.value);
    const store::Bind value = vector ? store::Bind(nullptr) : store::Bind(found.value);
    TRY(tx.execute(upsert, {workspace, photo, task, found.version, value, vector, found_at}));
    return {};
}

Result<void> forget_findings(store::Transaction& tx, const WorkspaceId& workspace, const photo::PhotoId& photo) {
    static constexpr store::Statement remove{"findings_forget",
                                             "DELETE FROM findings WHERE workspace_id = :workspace AND photo_id = :photo"};
    TRY(tx.execute(remove, {workspace, photo}));
    return {};
}

}  // namespace vitrine::vision
