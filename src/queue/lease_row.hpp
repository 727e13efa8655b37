#pragma once
// A leased row as a Lease, and what becomes of one that is none. Inside this room only.

#include "queue/queue.hpp"

namespace vitrine::queue {

extern const Error fenced;

// Of id, workspace_id, kind, payload, fence, attempts and request_id. Errors: Kind::corrupt: its payload is no JSON.
Result<Lease> lease_of(const store::Row&);

// A row whose payload cannot be read must not stand at the head of the queue for ever.
Result<void> bury_damaged(store::Transaction&, JobId, const Error&, Time now);

Result<void> give_back_in(store::Transaction&, const Lease&, Time now);

}  // namespace vitrine::queue
