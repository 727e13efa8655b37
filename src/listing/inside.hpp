#pragma once
// Inside this room only: what the files of class Listings share.

#include "listing/listing_store.hpp"
#include "listing/listings.hpp"
#include "listing/similar.hpp"
#include "queue/events.hpp"
#include "queue/queue.hpp"
#include "vision/eyes.hpp"

namespace vitrine::listing {

inline constexpr std::size_t photos_max = 20;
inline constexpr int draft_attempts_max = 5;
inline constexpr std::string_view draft_job = "listing.draft";
inline constexpr std::string_view remember_job = "listing.remember";

// What an event says of a listing.
json::Value changed(const Stored&);

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
    // similar.cpp. What was found in its photos before, by the version of the first.
    Result<Looks> stored_looks(store::Transaction&, const Stored&);
    // Puts the listing into likeness as it looks now, or takes it out. Before events are appended in the transaction.
    Result<void> remember(store::Transaction&, const Stored&, const Looks&);
    // After the COMMIT of a draft: which other listings seem to show the same thing. May be repeated. Of two that were drafted
    // at the same time, each looks after its own COMMIT, so at least one finds the other.
    Result<void> look_for_twins(const queue::Lease&, const ListingId&);
    Result<Listing> judge(const http::Caller&, const ListingId&, const ListingId& other, bool different);

    // Keeps the files in the vault. Nothing is named by a row yet; a crash leaves files that nobody names.
    Result<std::vector<Photo>> keep(const WorkspaceId&, const std::vector<Incoming>&);
};

}  // namespace vitrine::listing
