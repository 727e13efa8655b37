#pragma once
// The door of the room: a listing's verbs, its routes and its job.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/audit.hpp"
#include "core/clock.hpp"
#include "core/current.hpp"
#include "core/metrics.hpp"
#include "http/route.hpp"
#include "listing/listing.hpp"
#include "listing/tools.hpp"
#include "photo/vault.hpp"
#include "store/database.hpp"

namespace vitrine::queue {
class Queue;
class Events;
class Workers;
struct Lease;
}  // namespace vitrine::queue

namespace vitrine::listing {

// A photo that comes in: a file that may be moved away (an upload), or one that stays where it is (`vitrine add`).
struct Incoming {
    std::filesystem::path path;
    std::string file_name;
    bool move = false;
};

struct Made {
    ListingId listing;
    bool created = true;                    // false: a repeat, `listing` is the earlier one
    std::optional<ListingId> duplicate_of;  // the earlier listing of the same photos
    std::optional<std::string> job;
};
BOOST_DESCRIBE_STRUCT(Made, (), (listing, created, duplicate_of, job))

struct ListFilter {
    std::optional<State> state{};        // absent: all but the trashed
    std::optional<std::string> words{};  // full text
    std::optional<std::string> category{}, brand{};
    std::optional<std::string> missing{};  // the name of an empty field
    int limit = 50;
    std::optional<std::string> cursor{};
};
struct Page {
    std::vector<Listing> listings;    // newest first
    std::optional<std::string> next;  // cursor of the next page
};
BOOST_DESCRIBE_STRUCT(Page, (), (listings, next))

// What a listing needs of the house; everything outlives the Listings.
struct House {
    store::Database& database;
    queue::Queue& queue;
    queue::Events& events;
    photo::Vault& vault;
    photo::Decode decode;
    const Current<Tools>& tools;
    auth::Audit& audit;
    const Clock& clock;
    Metrics& metrics;
    Market usual_market = Market::vinted;  // of a listing that names none
    std::int64_t waiting_max = 20'000;     // jobs of a workspace that may wait before it is told to come back later
};

// The marketplaces whose rules are known, as people know them.
struct Markets {
    struct Known {
        Market market = Market::vinted;
        std::string name;
        BOOST_DESCRIBE_CLASS(Known, (), (market, name), (), ())
    };
    Market usual = Market::vinted;
    std::vector<Known> markets;
};
BOOST_DESCRIBE_STRUCT(Markets, (), (usual, markets))

// Drafts that labels or models of today would make differently.
struct Redo {
    std::int64_t listings = 0;
    std::map<std::string, std::int64_t> because;  // what changed ("labels", or a task) -> how many drafts it concerns
    bool dry_run = false;
};
BOOST_DESCRIBE_STRUCT(Redo, (), (listings, because, dry_run))

// Any thread. Every verb is one transaction: rows, job, event and audit together.
// Errors of all that take an id: listing.not_found. Of those that take `version`: listing.changed when it moved on.
class Listings {
public:
    explicit Listings(House);
    ~Listings();

    // Keeps the photos, then makes the listing and the job that drafts it. The same set of photos again gives the
    // earlier listing, unless `again`. Without a market it is for the usual one. Errors: those of Vault::keep with the
    // photo's name, listing.no_photos, listing.too_many_photos, listing.too_many_waiting (limit).
    Result<Made> create(const http::Caller&, const std::vector<Incoming>&, Language, bool again, std::optional<Market> = {});
    // Without photos: a person fills it in.
    Result<Listing> create_by_hand(const http::Caller&, const Corrections&);

    Result<Listing> find(const http::Caller&, const ListingId&);
    Result<Page> list(const http::Caller&, const ListFilter&);

    Result<Listing> correct(const http::Caller&, const ListingId&, const Corrections&, std::optional<std::int64_t> version);
    Result<Listing> approve(const http::Caller&, const ListingId&);
    Result<Listing> reject(const http::Caller&, const ListingId&);
    Result<Listing> trash(const http::Caller&, const ListingId&);
    Result<Listing> restore(const http::Caller&, const ListingId&);
    // Drafts it again; corrections stay. What was found with the same model versions is not computed again.
    Result<Listing> reanalyze(const http::Caller&, const ListingId&);
    // Drafts again what waits for review and was made with labels or models that have changed since; of the photos, only the
    // tasks whose models changed look again. `dry_run`: only says which.
    Result<Redo> redo(const http::Caller&, bool dry_run);
    // A second one of the same: photos, fields and corrections copied into a new draft.
    Result<Listing> duplicate(const http::Caller&, const ListingId&);

    Result<Listing> add_photos(const http::Caller&, const ListingId&, const std::vector<Incoming>&);
    Result<Listing> remove_photo(const http::Caller&, const ListingId&, const PhotoId&);
    // `order` names every photo of the listing once; the first becomes the primary. Errors: listing.photo_order.
    Result<Listing> order_photos(const http::Caller&, const ListingId&, const std::vector<PhotoId>& order);

    Markets markets() const;
    // Call at the start: remarks that an older version of a market's rules made are made again, in every workspace, and
    // nothing else changes. How many.
    Result<int> renew_remarks();

    struct PhotoFile {
        std::filesystem::path path;
        std::string content_type;
        std::string etag;
    };
    // `size` absent: the original. Errors: photo.not_found, photo.missing.
    Result<PhotoFile> photo_file(const http::Caller&, const PhotoId&, std::optional<photo::Size>);

    // The job: the whole pipeline on one screen, draft_from_photos.cpp.
    Result<void> draft_from_photos(const queue::Lease&, const ListingId&);

    void add_routes(http::Router&);
    void add_jobs(queue::Workers&);
    static store::Migrations migrations();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::listing
