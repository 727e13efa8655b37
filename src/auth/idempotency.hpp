#pragma once
// Idempotency-Key: a POST that is sent again after a lost answer is not done again. The states are drawn in guard.hpp.

#include <set>
#include <string>

#include "auth/settings.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/id.hpp"
#include "http/route.hpp"
#include "store/database.hpp"

namespace vitrine::auth {

// Any thread.
class Idempotency {
public:
    Idempotency(store::Database&, const Clock&, const Settings&);

    // Runs the handler, or gives the answer it gave before. Only for an admitted caller: keys of two callers are
    // different keys. Errors: the handler's, auth.idempotency_key (empty or longer than 200), auth.idempotency_mismatch,
    // auth.idempotency_running.
    Result<http::Response> once(http::Request&, const http::Handler&, const std::string& key);

    // Deletes the marks that are too old to count.
    Result<void> purge();

private:
    struct Mark;
    class Claim;
    class Running;
    Result<std::optional<http::Response>> claim(const Mark&, bool runs_here);
    bool is_left_over(const store::Row& mark, Time now, bool runs_here) const;
    void finish(const Mark&, const http::Response&);
    void release(const Mark&);

    store::Database& database_;
    const Clock& clock_;
    const Settings& settings_;
    const std::string boot_ = to_string(make_uuid_v7());  // marks of this process, told from those that a crash left
    Guarded<std::set<std::string>> running_;              // what this process runs now
};

}  // namespace vitrine::auth
