#include "store/committed.hpp"

#include <exception>

#include "core/log.hpp"

namespace vitrine::store {

CommitMeters::CommitMeters(Metrics& metrics)
    : commits(metrics.counter("vitrine_store_commits_total", "Transactions made durable.")),
      writes(metrics.counter("vitrine_store_writes_total", "Writes answered; divided by the commits: the size of a group.")),
      seconds(metrics.seconds("vitrine_store_commit_seconds", "Time of one COMMIT, fsync included.")) {}

void run_calls(const std::vector<std::function<void()>>& calls) {
    for (const auto& call : calls) {
        try {
            call();
        } catch (const std::exception& escaped) {
            log::error("store.after_commit_failed", {{"what", std::string(escaped.what())}});
        } catch (...) {
            log::error("store.after_commit_failed");
        }
    }
}

}  // namespace vitrine::store
