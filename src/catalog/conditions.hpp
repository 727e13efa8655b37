#pragma once
// In what state a thing is. A person says it; no machine fills or raises it.

#include <span>
#include <string_view>
#include <vector>

#include "catalog/language.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

struct Condition {
    std::string_view key;  // "very_good"
    int rank = 0;          // 5 new with tags ... 1 satisfactory
    Names names;
    Names help;  // one sentence a language on what the name means, for the one who chooses
};

class Conditions {
public:
    // Errors: catalog.bad_data.
    static Result<Conditions> load(std::span<const EmbeddedFile> files);

    std::span<const Condition> all() const { return conditions_; }  // best first
    const Condition* find(std::string_view key) const;

private:
    std::vector<Condition> conditions_;
};

}  // namespace vitrine::catalog
