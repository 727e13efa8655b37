#pragma once
// Findings as rows: by workspace, photo and task, with the version that found them.

#include <map>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/json.hpp"
#include "photo/photo.hpp"

namespace vitrine::store {
class Transaction;
}

namespace vitrine::vision {

struct StoredFinding {
    std::string version;
    json::Value value;
};

// By task. Errors: those of the store; a damaged row is left out, so that it is found anew.
Result<std::map<std::string, StoredFinding>> stored_findings(store::Transaction&, const WorkspaceId&, const photo::PhotoId&);

// In place of what that task found before. Errors: those of the store.
Result<void> keep_finding(store::Transaction&, const WorkspaceId&, const photo::PhotoId&, std::string_view task, const StoredFinding&,
                          Time found_at);

// Of a photo whose row is removed, in that transaction. Errors: those of the store.
Result<void> forget_findings(store::Transaction&, const WorkspaceId&, const photo::PhotoId&);

}  // namespace vitrine::vision
