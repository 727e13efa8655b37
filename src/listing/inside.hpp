#pragma once
// Inside this room only: what the files of class Listings share.

#include "listing/listing_store.hpp"
#include "listing/listings.hpp"
#include "queue/events.hpp"
#include "queue/queue.hpp"
#include "vision/eyes.hpp"

namespace vitrine::listing {

inline constexpr std::size_t photos_max = 20;
inline constexpr int draft_attempts_max = 5;
inline constexpr std::string_view draft_job = "listing.draft";

struct Listings::Inside {
    House house;
    std::vector<RulePack> rules;  // by Market
    prometheus::Histogram& draft_seconds;

    explicit Inside(House);

    // Errors: listing.too_many_waiting.
    Result<void> expect_room(const WorkspaceId&);
    // The job that drafts it, enqueued in this transaction unless one waits already; the listing waits in `received`.
    Result<void> enqueue_draft(store::Transaction&, Stored&);
    Result<bool> still_waits(store::Transaction&, const Stored&);
    // The listing says in words why it has no draft, when it still waits for this job.
    Result<void> fail_draft(store::Transaction&, const WorkspaceId&, const ListingId&, queue::JobId, const Error&);
    // Remarks anew, by the rules of its market as they are now.
    void review(Stored&) const;
    // What every change ends with: remarks anew, row, event, audit.
    Result<void> save(store::Transaction&, Stored&, const http::Caller&, std::string_view action,
                      const json::Value& detail = json::Object{});
    // Finds it, lets `change` change it, saves. The shape of nearly every verb.
    Result<Listing> change(const http::Caller&, const ListingId&, std::optional<std::int64_t> version, std::string_view action,
                           const std::function<Result<void>(store::Transaction&, Stored&)>& change);
    // Keeps the files in the vault. Nothing is named by a row yet; a crash leaves files that nobody names.
    Result<std::vector<Photo>> keep(const WorkspaceId&, const std::vector<Incoming>&);
};

}  // namespace vitrine::listing
