#pragma once
// Inside this room only: all SQL of this slice. Every function runs in the caller's transaction.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "listing/corrections.hpp"
#include "listing/listings.hpp"
#include "listing/review.hpp"

namespace vitrine::listing {

// A listing as it is stored: the machine's fields and the person's corrections apart.
struct Stored {
    ListingId id;
    WorkspaceId workspace;
    State state = State::received;
    std::optional<State> state_before;
    Language language = Language::en;
    Market market = Market::vinted;
    std::int64_t rules_version = 0;  // of the pack that made the remarks
    Fields machine;
    std::string product;
    Corrections person;
    std::vector<PhotoFacts> facts;
    std::vector<Remark> remarks;
    std::optional<std::string> problem;
    std::string photos_key;
    std::optional<ListingId> duplicate_of;
    std::optional<std::string> job;
    std::int64_t version = 1;
    std::string created_by;
    Time created_at, updated_at;
    std::vector<Photo> photos;
    std::vector<Twin> twins;

    Fields fields() const { return overlay(machine, person); }
    Listing shown() const;
};

namespace rows {

Result<Stored> find(store::Transaction&, const WorkspaceId&, const ListingId&);
// The same for who will save it: nobody else changes it before this transaction has ended.
Result<Stored> find_to_change(store::Transaction&, const WorkspaceId&, const ListingId&);
// The earliest listing with these photos that is not in the trash.
Result<std::optional<ListingId>> find_by_photos(store::Transaction&, const WorkspaceId&, const std::string& photos_key);
struct StoredPage {
    std::vector<Stored> listings;
    std::optional<std::string> next;
};
Result<StoredPage> list(store::Transaction&, const WorkspaceId&, const ListFilter&);

Result<void> insert(store::Transaction&, const Stored&);
// Writes everything but the photos; the version counts up. Refreshes the search words and the filter columns.
Result<void> save(store::Transaction&, Stored&, Time now);
// Replaces the listing's photo rows by `stored.photos`, in their order.
Result<void> save_photos(store::Transaction&, const Stored&, Time now);

// Of every workspace: listings for this market whose remarks an older version of its rules made, at most `limit`.
Result<std::vector<Stored>> reviewed_before(store::Transaction&, Market, std::int64_t rules_version, int limit);
// What a draft was made with (Tools::versions); empty when it was made before that was kept.
struct DraftedWith {
    ListingId listing;
    std::map<std::string, std::string> with;
};
Result<void> save_drafted_with(store::Transaction&, const ListingId&, const json::Value& with);
// Drafts from photos that were made with anything else than `with`, in the order of their ids after `after`.
Result<std::vector<DraftedWith>> drafted_otherwise(store::Transaction&, const WorkspaceId&, const json::Value& with,
                                                   const std::optional<ListingId>& after, int limit);
// Writes the remarks and the version of the rules, nothing else: not the listing's version, nor when it was changed.
Result<void> save_remarks(store::Transaction&, const Stored&);

// Drafts that were never put into likeness, in the order of their ids, and the workspaces that have any.
Result<std::vector<ListingId>> not_remembered(store::Transaction&, const WorkspaceId&, int limit);
Result<std::vector<WorkspaceId>> workspaces_not_remembered(store::Transaction&);
Result<void> save_remembered(store::Transaction&, const ListingId&);

// Absent when it is gone or in the trash.
Result<std::optional<Brief>> brief(store::Transaction&, const WorkspaceId&, const ListingId&);
// Other listings, not in the trash, that have a file of this one's photos.
Result<std::vector<ListingId>> with_same_files(store::Transaction&, const WorkspaceId&, const ListingId&);

// Two listings that seem to show one thing, `one` being either. What a person said of the two stays.
Result<void> save_pair(store::Transaction&, const WorkspaceId&, const ListingId& one, const ListingId& other, Alike, double score);
// Of this listing, but for what a person said.
Result<void> forget_pairs(store::Transaction&, const ListingId&);
// Null: takes back what was said.
Result<void> say_different(store::Transaction&, const WorkspaceId&, const ListingId& one, const ListingId& other,
                           const std::optional<std::string>& by, Time now);
Result<std::set<ListingId>> said_different(store::Transaction&, const WorkspaceId&, const ListingId&);

struct PhotoOwner {
    WorkspaceId workspace;
    Photo photo;
};
Result<PhotoOwner> find_photo(store::Transaction&, const WorkspaceId&, const PhotoId&);

Result<void> log_corrections(store::Transaction&, const Stored&, const std::vector<Correction>&, const std::string& person, Time now);

}  // namespace rows

// SHA-256 over the sorted photo hashes: the same set of photos, whatever the order, has the same key.
std::string photos_key(const std::vector<Photo>&);

}  // namespace vitrine::listing
