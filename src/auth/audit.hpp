#pragma once
// The audit log: who did what to which thing, written in the transaction that does it, never changed afterwards.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/auth.hpp"
#include "core/clock.hpp"
#include "core/json.hpp"
#include "http/message.hpp"
#include "store/database.hpp"

namespace vitrine::auth {

struct AuditRow {
    AuditId id;
    Time at;
    std::string actor;               // Caller::name: "Ada", "key:phone", "local"
    std::optional<PersonId> person;  // absent for keys and the command line
    std::string credential;          // the session or key it was done with
    std::string action;              // "listing.approved": room and what happened, in the past tense
    std::string subject;             // the id of the thing
    json::Value detail;              // small; never a secret, never a person's text
    std::string request_id;
};
BOOST_DESCRIBE_STRUCT(AuditRow, (), (id, at, actor, person, credential, action, subject, detail, request_id))

// Any thread.
class Audit {
public:
    explicit Audit(const Clock& clock) : clock_(clock) {}

    // One row in the caller's transaction: when that is rolled back, nothing happened and nothing is told. The request
    // id comes from log::Context. Errors: those of the transaction.
    Result<void> write(store::Transaction&, const http::Caller&, std::string_view action, std::string_view subject,
                       const json::Value& detail = json::Object{}) const;

    // Newest first; only rows with an id below `before`, only of this subject when one is named.
    Result<std::vector<AuditRow>> list(store::Transaction&, const WorkspaceId&, const std::string& before,
                                       const std::optional<std::string>& subject, int limit) const;

private:
    const Clock& clock_;
};

}  // namespace vitrine::auth
