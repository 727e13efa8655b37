// The table of this slice's jobs.

#include "core/log.hpp"
#include "listing/inside.hpp"
#include "queue/retry.hpp"

namespace vitrine::listing {
namespace {

Result<ListingId> listing_of(const json::Value& payload) {
    return ListingId::parse(TRY(json::read<std::string>(payload.at("listing"))));
}

}  // namespace

Result<void> Listings::Inside::fail_draft(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& id, queue::JobId job,
                                          const Error& error) {
    auto listing = TRY(rows::find_to_change(tx, workspace, id));
    if (listing.state != State::received && listing.state != State::drafting) return {};
    if (listing.job && *listing.job != to_string(job)) return {};  // photos that changed meanwhile brought another job
    listing.state = State::failed;
    listing.problem = error.message;
    listing.job.reset();
    return save(tx, listing, {workspace, std::nullopt, "vitrine", ""}, "listing.failed", json::Object{{"code", error.code}});
}

void Listings::add_jobs(queue::Workers& workers) {
    auto draft = [this](const queue::Lease& lease) -> Result<json::Value> {
        auto id = TRY(listing_of(lease.payload));
        auto start = inside_->house.clock.steady();
        auto done = draft_from_photos(lease, id);
        inside_->draft_seconds.Observe(std::chrono::duration<double>(inside_->house.clock.steady() - start).count());
        if (done) return json::Value(json::Object{{"listing", to_string(id)}});

        auto error = done.error();
        // What no further attempt can mend fails at once, in words, instead of after every retry.
        if (!queue::is_retried(error.kind) || lease.attempt >= draft_attempts_max) {
            auto told = inside_->house.database.write([&](store::Transaction& tx) -> Result<void> {
                TRY(lease.hold(tx));
                return inside_->fail_draft(tx, lease.workspace, id, lease.job, error);
            });
            if (!told) log::failed("listing.failed_unsaved", told.error());
        }
        return error;
    };
    inside_->house.queue.when_buried(
        std::string(draft_job), [this](store::Transaction& tx, const queue::Queue::Buried& job) -> Result<void> {
            auto id = listing_of(job.payload);
            if (!id) return {};
            const Error lost{
                Kind::unavailable, "listing.workers_lost",
                "The program stopped each time it looked at these photos. Take out the photo that it cannot bear, or try again."};
            auto told = inside_->fail_draft(tx, job.workspace, *id, job.job, lost);
            if (!told && told.error().kind == Kind::not_found) return {};  // the listing is gone
            return told;
        });
    workers.add(std::string(remember_job), [this](const queue::Lease& lease) -> Result<json::Value> {
        TRY(remember_drafted(lease));
        return json::Value(json::Object{});
    });
    // Without its models a draft waits: the photos are kept, the listing stays `received`, /ready says what is missing.
    workers.add(std::string(draft_job), draft, [this] { return !inside_->house.tools.get()->eyes->ready(); });
}

}  // namespace vitrine::listing
