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
#include "likeness/closeness.hpp"
#include "listing/listing.hpp"
#include "listing/tools.hpp"
#include "photo/vault.hpp"
#include "store/database.hpp"

namespace vitrine::likeness {
class Likeness;
}
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
    std::vector<Twin> twins;                // what is known without a model: listings that have one of these very files
    std::optional<std::string> job;
};
BOOST_DESCRIBE_STRUCT(Made, (), (listing, created, duplicate_of, twins, job))

// Own things that look like what was asked for; closeness is likeness::closeness_of.
struct SimilarListing {
    Brief listing;
    PhotoId photo_id;                                                 // of that listing: the one that looks most like it
    likeness::Closeness closeness = likeness::Closeness::same_style;  // never none
    double score = 0;
    bool different = false;  // a person has said that the two are not the same; then it is same_style at most
};
BOOST_DESCRIBE_STRUCT(SimilarListing, (), (listing, photo_id, closeness, score, different))
struct Similar {
    std::vector<SimilarListing> similar;  // same items first, then by score
    bool nothing_close_enough = true;     // nothing is in the list: that is an answer, not an error
    std::int64_t searched = 0;            // photos looked through
    double took_ms = 0;
};
BOOST_DESCRIBE_STRUCT(Similar, (), (similar, nothing_close_enough, searched, took_ms))

// A part of an upright photo, in parts of it: 0, 0, 1, 1 is all of it.
struct PhotoPart {
    double x = 0, y = 0, w = 1, h = 1;
    // "0.2,0.1,0.5,0.5". Errors: listing.region.
    static Result<PhotoPart> parse(std::string_view);
};

inline constexpr int similar_max = 100, similar_usual = 20;

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
    likeness::Likeness& likeness;
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

    // What looks like it among one's own, the listing itself left out. Errors: listing.not_looked_at (conflict: it has no
    // photo that a model has seen).
    Result<Similar> similar(const http::Caller&, const ListingId&, int limit = similar_usual);
    // The same for a photo that is none of one's own, or a part of it. Nothing of it is kept. Errors: those of decoding and of
    // Eyes::embed.
    Result<Similar> similar_to(const http::Caller&, const std::filesystem::path& photo, std::optional<PhotoPart>,
                               int limit = similar_usual);
    // A person says that two listings show different things, or takes that back: neither is then called the other's twin, or
    // each is as before. Whatever is drafted again, it holds. The first listing is given back. Errors: listing.itself.
    Result<Listing> say_different(const http::Caller&, const ListingId&, const ListingId& other);
    Result<Listing> take_back_different(const http::Caller&, const ListingId&, const ListingId& other);
    // Call at the start: drafts of before there was likeness are put into it, by a job a workspace.
    Result<void> enqueue_remembering();

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
    // The job of enqueue_remembering.
    Result<void> remember_drafted(const queue::Lease&);

    void add_routes(http::Router&);
    void add_jobs(queue::Workers&);
    static store::Migrations migrations();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::listing
