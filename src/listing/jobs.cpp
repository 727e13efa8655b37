// The table of this slice's jobs.

#include "core/log.hpp"
#include "listing/inside.hpp"

namespace vitrine::listing {
namespace {

// Errors that another attempt cannot mend: the draft fails at once, in words, instead of after every retry.
bool will_pass(Kind kind) {
    switch (kind) {
        case Kind::unavailable:
        case Kind::limit:
        case Kind::conflict:
        case Kind::internal:
            return true;
        case Kind::invalid:
        case Kind::not_found:
        case Kind::denied:
        case Kind::corrupt:
            return false;
    }
    return false;
}

}  // namespace

void Listings::add_jobs(queue::Workers& workers) {
    auto draft = [this](const queue::Lease& lease) -> Result<json::Value> {
        auto id = TRY(ListingId::parse(TRY(json::read<std::string>(lease.payload.at("listing")))));
        auto start = inside_->house.clock.steady();
        auto done = draft_from_photos(lease, id);
        inside_->draft_seconds.Observe(std::chrono::duration<double>(inside_->house.clock.steady() - start).count());
        if (done) return json::Value(json::Object{{"listing", to_string(id)}});

        auto error = done.error();
        if (!will_pass(error.kind) || lease.attempt >= draft_attempts_max) {
            auto told = inside_->house.database.write([&](store::Transaction& tx) -> Result<void> {
                TRY(lease.hold(tx));
                auto listing = TRY(rows::find(tx, lease.workspace, id));
                if (listing.state != State::received && listing.state != State::drafting) return {};
                listing.state = State::failed;
                listing.problem = error.message;
                listing.job.reset();
                return inside_->save(tx, listing, {lease.workspace, std::nullopt, "vitrine", ""}, "listing.failed",
                                     json::Object{{"code", error.code}});
            });
            if (!told) log::failed("listing.failed_unsaved", told.error());
        }
        return error;
    };
    // Without its models a draft waits: the photos are kept, the listing stays `received`, /ready says what is missing.
    workers.add(std::string(draft_job), draft, [this] { return !inside_->house.eyes.ready(); });
}

}  // namespace vitrine::listing
