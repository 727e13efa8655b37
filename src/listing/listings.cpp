#include "listing/listings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/log.hpp"
#include "core/utf8.hpp"
#include "listing/compose_words.hpp"
#include "listing/inside.hpp"
#include "listing_embedded.hpp"
#include "vision/findings_store.hpp"

namespace vitrine::listing {
namespace {

Error too_many(std::size_t count) {
    return {
        Kind::invalid, "listing.too_many_photos",
        fmt::format("A listing takes at most {} photos; this would make {}. Leave some out, or make a second listing.", photos_max, count)};
}

}  // namespace

json::Value changed(const Stored& stored) {
    return json::Object{{"state", json::enum_name(stored.state)}, {"version", stored.version}};
}

Listings::Inside::Inside(House house)
    : house(house), rules(rule_packs()), draft_seconds(house.metrics.seconds("vitrine_draft_seconds", "From leased job to saved draft.")) {}

Listings::Listings(House house) : inside_(std::make_unique<Inside>(house)) {}
Listings::~Listings() = default;

store::Migrations Listings::migrations() {
    return {"listing", embedded_files()};
}

// --- what every verb shares ------------------------------------------------------------------------------------------

Result<void> Listings::Inside::enqueue_draft(store::Transaction& tx, Stored& stored) {
    stored.state = State::received;
    stored.problem.reset();
    if (TRY(still_waits(tx, stored))) return {};
    queue::NewJob job;
    job.workspace = stored.workspace;
    job.kind = draft_job;
    job.payload = json::Object{{"listing", to_string(stored.id)}};
    job.token = fmt::format("{}@{}", to_string(stored.id), stored.version);
    job.attempts_max = draft_attempts_max;
    job.request_id = log::Context::request_id();
    stored.job = to_string(TRY(house.queue.enqueue(tx, job)));
    return {};
}

// A job that may run now and that no worker has taken reads the listing as it will be then: a second one would be the
// same work twice. One that runs already may have read it before this change, or in the trash.
Result<bool> Listings::Inside::still_waits(store::Transaction& tx, const Stored& stored) {
    if (!stored.job) return false;
    auto job = house.queue.find(tx, stored.workspace, TRY(queue::JobId::parse(*stored.job)));
    if (!job && job.error().kind == Kind::not_found) return false;  // done long ago, and tidied away
    if (!job) return job.error();
    return job->state == queue::JobState::ready && job->not_before <= house.clock.now();
}

void Listings::Inside::review(Stored& stored) const {
    const auto& pack = rules.at(static_cast<std::size_t>(stored.market));
    // A photo that could not be looked at counts all the same, with what its file says.
    std::vector<PhotoFacts> facts;
    for (const auto& photo : stored.photos) {
        auto seen = std::ranges::find(stored.facts, photo.id, &PhotoFacts::id);
        facts.push_back(seen != stored.facts.end() ? *seen : PhotoFacts{photo.id, photo.width, photo.height, {}, {}, 0, {}, {}});
    }
    stored.remarks = listing::review(stored.fields(), facts, pack, stored.language);
    stored.rules_version = pack.version;
}

Result<void> Listings::Inside::save(store::Transaction& tx, Stored& stored, const http::Caller& who, std::string_view action,
                                    const json::Value& detail) {
    if (stored.state == State::draft)
        fill_words(stored.machine, stored.fields(), *house.tools.get()->catalog, stored.language, stored.product);
    review(stored);
    TRY(rows::save(tx, stored, house.clock.now()));
    TRY(house.events.append(tx, stored.workspace, "listing.changed", to_string(stored.id), changed(stored)));
    TRY(house.audit.write(tx, who, action, to_string(stored.id), detail));
    return {};
}

Result<Listing> Listings::Inside::change(const http::Caller& who, const ListingId& id, std::optional<std::int64_t> version,
                                         std::string_view action, const std::function<Result<void>(store::Transaction&, Stored&)>& change) {
    return house.database.write([&](store::Transaction& tx) -> Result<Listing> {
        auto stored = TRY(rows::find_to_change(tx, who.workspace, id));
        if (version && *version != stored.version)
            return Error{Kind::conflict, "listing.changed",
                         "Somebody changed this listing meanwhile; load it again and repeat your change."};
        TRY(change(tx, stored));
        TRY(save(tx, stored, who, action));
        return stored.shown();
    });
}

Result<std::vector<Photo>> Listings::Inside::keep(const WorkspaceId& workspace, const std::vector<Incoming>& incoming) {
    std::vector<Photo> photos;
    for (const auto& file : incoming) {
        auto kept = house.vault.keep_file(workspace, file.path, file.move);
        if (!kept) {
            auto error = kept.error();
            if (!file.file_name.empty()) error.message = fmt::format("{}: {}", utf8::prefix(file.file_name, 80), error.message);
            error.path = file.file_name;
            return error;
        }
        photos.push_back({PhotoId::make(), photo::hex(kept->sha256), kept->header.format, kept->header.width, kept->header.height,
                          static_cast<std::int64_t>(kept->bytes), file.file_name});
    }
    return photos;
}

// Before a photo is kept: what waits grows on the disk, but not without end.
Result<void> Listings::Inside::expect_room(const WorkspaceId& workspace) {
    bool full = TRY(house.database.read([&](store::Transaction& tx) { return house.queue.has_waiting(tx, workspace, house.waiting_max); }));
    if (!full) return {};
    Error later{Kind::limit, "listing.too_many_waiting",
                fmt::format("{} listings wait to be drafted already. Send more when some of them are done.", house.waiting_max)};
    later.retry_after_seconds = 60;
    return later;
}

// --- verbs -----------------------------------------------------------------------------------------------------------

Result<Made> Listings::create(const http::Caller& who, const std::vector<Incoming>& incoming, Language language, bool again,
                              std::optional<Market> market) {
    if (incoming.empty())
        return Error{Kind::invalid, "listing.no_photos", "There is no photo in this request; send at least one, as -F photo=@file."};
    if (incoming.size() > photos_max) return too_many(incoming.size());
    TRY(inside_->expect_room(who.workspace));
    auto photos = TRY(inside_->keep(who.workspace, incoming));
    auto key = photos_key(photos);
    auto& house = inside_->house;

    return house.database.write([&](store::Transaction& tx) -> Result<Made> {
        TRY(tx.lock("photos " + key));  // of two that bring the same photos at once the second finds the first
        auto earlier = TRY(rows::find_by_photos(tx, who.workspace, key));
        if (earlier && !again) return Made{*earlier, false, earlier, {}, std::nullopt};

        Stored stored;
        stored.id = ListingId::make();
        stored.workspace = who.workspace;
        stored.language = language;
        stored.market = market.value_or(house.usual_market);
        stored.rules_version = inside_->rules.at(static_cast<std::size_t>(stored.market)).version;  // no remarks yet
        stored.photos = photos;
        stored.photos_key = key;
        stored.duplicate_of = earlier;
        stored.created_by = who.name;
        stored.created_at = stored.updated_at = house.clock.now();
        TRY(inside_->enqueue_draft(tx, stored));
        TRY(rows::insert(tx, stored));
        TRY(rows::save_photos(tx, stored, stored.created_at));
        // What needs no model: one of these very files is in another listing already.
        bool has_twins = false;
        for (const auto& other : TRY(rows::with_same_files(tx, who.workspace, stored.id))) {
            if (known_copy(stored, TRY(rows::find(tx, who.workspace, other)))) continue;
            TRY(rows::save_pair(tx, who.workspace, stored.id, other, Alike::same_file, 1));
            has_twins = true;
        }
        if (has_twins) stored.twins = TRY(rows::find(tx, who.workspace, stored.id)).twins;
        TRY(house.events.append(tx, who.workspace, "listing.created", to_string(stored.id), changed(stored)));
        TRY(house.audit.write(tx, who, "listing.create", to_string(stored.id), json::Object{{"photos", photos.size()}}));
        return Made{stored.id, true, earlier, stored.twins, stored.job};
    });
}

Result<Listing> Listings::create_by_hand(const http::Caller& who, const Corrections& corrections) {
    auto& house = inside_->house;
    TRY(check(corrections, *house.tools.get()->catalog));
    return house.database.write([&](store::Transaction& tx) -> Result<Listing> {
        Stored stored;
        stored.id = ListingId::make();
        stored.workspace = who.workspace;
        stored.state = State::draft;
        stored.language = corrections.language.value_or(Language::en);
        stored.market = corrections.market.value_or(house.usual_market);
        stored.machine = compose({}, *house.tools.get()->catalog, stored.language).fields;
        stored.person = merge({}, corrections);
        fill_words(stored.machine, stored.fields(), *house.tools.get()->catalog, stored.language);
        stored.photos_key = to_string(stored.id);
        stored.created_by = who.name;
        stored.created_at = stored.updated_at = house.clock.now();
        inside_->review(stored);
        TRY(rows::insert(tx, stored));
        TRY(rows::log_corrections(tx, stored, corrections_of(stored.machine, corrections), who.name, stored.created_at));
        TRY(house.events.append(tx, who.workspace, "listing.created", to_string(stored.id), changed(stored)));
        TRY(house.audit.write(tx, who, "listing.create_by_hand", to_string(stored.id), json::Object{}));
        return stored.shown();
    });
}

Result<Listing> Listings::find(const http::Caller& who, const ListingId& id) {
    return inside_->house.database.read(
        [&](store::Transaction& tx) -> Result<Listing> { return TRY(rows::find(tx, who.workspace, id)).shown(); });
}

Result<Page> Listings::list(const http::Caller& who, const ListFilter& filter) {
    return inside_->house.database.read([&](store::Transaction& tx) -> Result<Page> {
        auto found = TRY(rows::list(tx, who.workspace, filter));
        Page page{{}, found.next};
        for (const auto& stored : found.listings) page.listings.push_back(stored.shown());
        return page;
    });
}

Result<Listing> Listings::correct(const http::Caller& who, const ListingId& id, const Corrections& patch,
                                  std::optional<std::int64_t> version) {
    TRY(check(patch, *inside_->house.tools.get()->catalog));
    return inside_->change(who, id, version, "listing.correct", [&](store::Transaction& tx, Stored& stored) -> Result<void> {
        if (stored.state == State::trashed)
            return Error{Kind::conflict, "listing.state", "A listing in the trash cannot be edited; restore it first."};
        TRY(rows::log_corrections(tx, stored, corrections_of(stored.machine, patch), who.name, inside_->house.clock.now()));
        stored.person = merge(stored.person, patch);
        stored.state = after_edit(stored.state);
        stored.problem.reset();
        stored.market = patch.market.value_or(stored.market);
        if (patch.language && *patch.language != stored.language) {
            stored.language = *patch.language;
            if (!stored.photos.empty()) TRY(inside_->enqueue_draft(tx, stored));  // its texts are composed anew; findings are kept
        }
        return {};
    });
}

Result<Listing> Listings::approve(const http::Caller& who, const ListingId& id) {
    return inside_->change(who, id, std::nullopt, "listing.approve", [&](store::Transaction&, Stored& stored) -> Result<void> {
        stored.state = TRY(listing::approve(stored.state));
        // A block is a market's own rule: approving past it would gamble with the seller's account.
        for (const auto& remark : stored.remarks)
            if (remark.severity == Severity::block)
                return Error{Kind::conflict, "listing.blocked", fmt::format("This draft cannot be approved yet: {}", remark.message),
                             remark.rule};
        return {};
    });
}

Result<Listing> Listings::reject(const http::Caller& who, const ListingId& id) {
    return inside_->change(who, id, std::nullopt, "listing.reject", [](store::Transaction&, Stored& stored) -> Result<void> {
        stored.state = TRY(listing::reject(stored.state));
        return {};
    });
}

Result<Listing> Listings::trash(const http::Caller& who, const ListingId& id) {
    return inside_->change(who, id, std::nullopt, "listing.trash", [&](store::Transaction& tx, Stored& stored) -> Result<void> {
        stored.state_before = stored.state;
        stored.state = TRY(listing::trash(stored.state));
        return inside_->remember(tx, stored, {});
    });
}

Result<Listing> Listings::restore(const http::Caller& who, const ListingId& id) {
    return inside_->change(who, id, std::nullopt, "listing.restore", [&](store::Transaction& tx, Stored& stored) -> Result<void> {
        if (stored.state != State::trashed) return Error{Kind::conflict, "listing.state", "Only a listing in the trash can be restored."};
        stored.state = stored.state_before.value_or(State::draft);
        stored.state_before.reset();
        // Its job may have come and gone while it lay in the trash.
        if (stored.state == State::received || stored.state == State::drafting) TRY(inside_->enqueue_draft(tx, stored));
        const auto looks = TRY(inside_->stored_looks(tx, stored));
        return inside_->remember(tx, stored, looks);
    });
}

Result<Listing> Listings::reanalyze(const http::Caller& who, const ListingId& id) {
    return inside_->change(who, id, std::nullopt, "listing.reanalyze", [&](store::Transaction& tx, Stored& stored) -> Result<void> {
        if (stored.state == State::trashed)
            return Error{Kind::conflict, "listing.state", "A listing in the trash is not analysed; restore it first."};
        if (stored.photos.empty()) return Error{Kind::conflict, "listing.no_photos", "There is no photo to analyse; add one first."};
        return inside_->enqueue_draft(tx, stored);
    });
}

Result<Listing> Listings::duplicate(const http::Caller& who, const ListingId& id) {
    auto& house = inside_->house;
    return house.database.write([&](store::Transaction& tx) -> Result<Listing> {
        auto copy = TRY(rows::find_to_change(tx, who.workspace, id));
        copy.id = ListingId::make();
        copy.duplicate_of = id;
        copy.created_by = who.name;
        copy.created_at = copy.updated_at = house.clock.now();
        copy.version = 1;
        copy.twins.clear();  // of the copy the person knows
        auto looks = TRY(inside_->stored_looks(tx, copy));
        copy.state_before.reset();
        copy.job.reset();
        std::map<PhotoId, PhotoId> renamed;  // photo ids are the copy's own
        for (auto& photo : copy.photos) photo.id = renamed[photo.id] = PhotoId::make();
        for (auto& facts : copy.facts) facts.id = renamed[facts.id];
        for (auto& look : looks.photos) look.id = renamed[look.id];
        copy.machine = with_photo_ids(std::move(copy.machine), renamed);
        inside_->review(copy);
        if (!copy.facts.empty() || copy.photos.empty())
            copy.state = State::draft;
        else
            TRY(inside_->enqueue_draft(tx, copy));  // copied before it was drafted itself
        TRY(rows::insert(tx, copy));
        TRY(rows::save_photos(tx, copy, copy.created_at));
        if (copy.state == State::draft) TRY(inside_->remember(tx, copy, looks));
        TRY(house.events.append(tx, who.workspace, "listing.created", to_string(copy.id), changed(copy)));
        TRY(house.audit.write(tx, who, "listing.duplicate", to_string(copy.id), json::Object{{"of", to_string(id)}}));
        return copy.shown();
    });
}

Result<Listing> Listings::add_photos(const http::Caller& who, const ListingId& id, const std::vector<Incoming>& incoming) {
    if (incoming.empty()) return Error{Kind::invalid, "listing.no_photos", "There is no photo in this request; send at least one."};
    auto photos = TRY(inside_->keep(who.workspace, incoming));
    return inside_->change(who, id, std::nullopt, "listing.add_photos", [&](store::Transaction& tx, Stored& stored) -> Result<void> {
        if (stored.photos.size() + photos.size() > photos_max) return too_many(stored.photos.size() + photos.size());
        stored.photos.insert(stored.photos.end(), photos.begin(), photos.end());
        stored.photos_key = photos_key(stored.photos);
        TRY(rows::save_photos(tx, stored, inside_->house.clock.now()));
        return inside_->enqueue_draft(tx, stored);
    });
}

Result<Listing> Listings::remove_photo(const http::Caller& who, const ListingId& id, const PhotoId& photo) {
    // The original stays in the vault: a mistake can be undone by adding it again, and another listing may hold it too.
    return inside_->change(who, id, std::nullopt, "listing.remove_photo", [&](store::Transaction& tx, Stored& stored) -> Result<void> {
        if (std::erase_if(stored.photos, [&](const Photo& each) { return each.id == photo; }) == 0)
            return Error{Kind::not_found, "photo.not_found", "This listing has no photo with this id."};
        std::erase_if(stored.facts, [&](const PhotoFacts& each) { return each.id == photo; });
        TRY(vision::forget_findings(tx, stored.workspace, photo));
        stored.photos_key = stored.photos.empty() ? to_string(stored.id) : photos_key(stored.photos);
        TRY(rows::save_photos(tx, stored, inside_->house.clock.now()));
        const auto looks = TRY(inside_->stored_looks(tx, stored));
        TRY(inside_->remember(tx, stored, looks));
        TRY(rows::forget_pairs(tx, stored.id));
        if (!stored.photos.empty()) return inside_->enqueue_draft(tx, stored);
        stored.machine = compose({}, *inside_->house.tools.get()->catalog, stored.language).fields;
        stored.state = after_edit(stored.state);
        return {};
    });
}

Result<Listing> Listings::order_photos(const http::Caller& who, const ListingId& id, const std::vector<PhotoId>& order) {
    return inside_->change(who, id, std::nullopt, "listing.order_photos", [&](store::Transaction& tx, Stored& stored) -> Result<void> {
        std::vector<Photo> ordered;
        for (const auto& photo : order)
            if (auto found = std::ranges::find(stored.photos, photo, &Photo::id); found != stored.photos.end()) ordered.push_back(*found);
        bool once = std::set(order.begin(), order.end()).size() == order.size();
        if (!once || ordered.size() != stored.photos.size() || order.size() != stored.photos.size())
            return Error{Kind::invalid, "listing.photo_order", "Name every photo of the listing once, in the order you want."};
        stored.photos = std::move(ordered);
        return rows::save_photos(tx, stored, inside_->house.clock.now());
    });
}

Markets Listings::markets() const {
    Markets all{inside_->house.usual_market, {}};
    for (const auto& pack : inside_->rules) all.markets.push_back({pack.market, pack.name});
    return all;
}

Result<int> Listings::renew_remarks() {
    constexpr int batch = 200;  // a transaction; others write in between
    auto& house = inside_->house;
    int renewed = 0;
    for (const auto& pack : inside_->rules)
        for (int found = batch; found == batch; renewed += found)
            found = TRY(house.database.write([&](store::Transaction& tx) -> Result<int> {
                auto old = TRY(rows::reviewed_before(tx, pack.market, pack.version, batch));
                for (auto& stored : old) {
                    auto before = json::write(stored.remarks);
                    bool was_reviewed = stored.state != State::received && stored.state != State::drafting;
                    if (was_reviewed) inside_->review(stored);
                    stored.rules_version = pack.version;
                    TRY(rows::save_remarks(tx, stored));
                    if (json::write(stored.remarks) != before)
                        TRY(house.events.append(tx, stored.workspace, "listing.changed", to_string(stored.id), changed(stored)));
                }
                return static_cast<int>(old.size());
            }));
    if (renewed > 0) log::info("listing.remarks_renewed", {{"listings", std::int64_t{renewed}}});
    return renewed;
}

Result<Listings::PhotoFile> Listings::photo_file(const http::Caller& who, const PhotoId& id, std::optional<photo::Size> size) {
    auto& house = inside_->house;
    auto owner = TRY(house.database.read([&](store::Transaction& tx) { return rows::find_photo(tx, who.workspace, id); }));
    auto hash = TRY(photo::parse_sha256(owner.photo.sha256));
    if (!size)
        return PhotoFile{house.vault.original_path(who.workspace, hash), fmt::format("image/{}", json::enum_name(owner.photo.format)),
                         owner.photo.sha256};
    return PhotoFile{TRY(house.vault.derived(who.workspace, hash, *size)), *size == photo::Size::thumb ? "image/webp" : "image/jpeg",
                     fmt::format("{}-{}", owner.photo.sha256, static_cast<int>(*size))};
}

}  // namespace vitrine::listing
