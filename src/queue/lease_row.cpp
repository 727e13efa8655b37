#include "queue/lease_row.hpp"

namespace vitrine::queue {

using store::Statement;

const Error fenced{Kind::conflict, "queue.fenced", "Another worker has this job now; what this one made of it is dropped."};

Result<Lease> lease_of(const store::Row& row) {
    Lease lease;
    lease.job = row.id<JobId>("id");
    lease.workspace = row.id<WorkspaceId>("workspace_id");
    lease.kind = row.text("kind");
    lease.fence = row.whole("fence");
    lease.attempt = static_cast<int>(row.whole("attempts"));
    lease.request_id = row.text("request_id");
    lease.payload = TRY(row.json("payload"));
    return lease;
}

Result<void> bury_damaged(store::Transaction& tx, JobId id, const Error& error, Time now) {
    static constexpr Statement update{"queue.bury_damaged", R"(
        UPDATE jobs SET state = 'dead', error_code = :code, error_message = :message, payload = '{}', lease_owner = NULL, lease_until = NULL,
                        updated_at = :now
        WHERE id = :id)"};
    return tx.send(update, {error.code, error.message, now, id});
}

Result<void> give_back_in(store::Transaction& tx, const Lease& lease, Time now) {
    static constexpr Statement update{"queue.give_back", R"(
        UPDATE jobs SET state = 'ready', due = 1, attempts = attempts - 1, lease_owner = NULL, lease_until = NULL, updated_at = :now
        WHERE id = :id AND fence = :fence AND state = 'running')"};
    if (TRY(tx.execute(update, {now, lease.job, lease.fence})) == 0) return fenced;
    return {};
}

}  // namespace vitrine::queue
