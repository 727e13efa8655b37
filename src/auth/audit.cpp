#include "auth/audit.hpp"

#include "core/log.hpp"

namespace vitrine::auth {
namespace {

constexpr store::Statement insert{"auth.audit.insert", R"(
    INSERT INTO audit (id, workspace_id, at, actor, person_id, credential, action, subject, detail, request_id)
    VALUES (:id, :workspace, :at, :actor, :person, :credential, :action, :subject, :detail, :request))"};

constexpr store::Statement newest{"auth.audit.newest", R"(
    SELECT id, at, actor, person_id, credential, action, subject, detail, request_id FROM audit
    WHERE workspace_id = :workspace AND id < :before ORDER BY id DESC LIMIT :limit)"};

constexpr store::Statement newest_of_subject{"auth.audit.newest_of_subject", R"(
    SELECT id, at, actor, person_id, credential, action, subject, detail, request_id FROM audit
    WHERE workspace_id = :workspace AND subject = :subject AND id < :before ORDER BY id DESC LIMIT :limit)"};

}  // namespace

Result<void> Audit::write(store::Transaction& tx, const http::Caller& caller, std::string_view action, std::string_view subject,
                          const json::Value& detail) const {
    TRY(tx.execute(insert, {AuditId::make(), caller.workspace, clock_.now(), caller.name, caller.person, caller.credential, action, subject,
                            detail, log::Context::request_id()}));
    return {};
}

Result<std::vector<AuditRow>> Audit::list(store::Transaction& tx, const WorkspaceId& workspace, const std::string& before,
                                          const std::optional<std::string>& subject, int limit) const {
    auto rows =
        subject ? TRY(tx.rows(newest_of_subject, {workspace, *subject, before, limit})) : TRY(tx.rows(newest, {workspace, before, limit}));
    std::vector<AuditRow> audit;
    for (const auto& row : rows)
        audit.push_back({row.id<AuditId>("id"), row.time("at"), row.text("actor"), row.id_if<PersonId>("person_id"), row.text("credential"),
                         row.text("action"), row.text("subject"), TRY(row.json("detail")), row.text("request_id")});
    return audit;
}

}  // namespace vitrine::auth
