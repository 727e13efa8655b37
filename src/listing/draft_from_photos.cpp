// The recipe: photos -> findings -> fields -> remarks -> a draft, saved under the job's lease.

#include <fmt/format.h>

#include <future>

#include "core/log.hpp"
#include "listing/inside.hpp"

namespace vitrine::listing {
namespace {

// Decodes a photo once for everything: what is shown of it, and what every model looks at.
Result<SeenPhoto> see(House& house, vision::Eyes& eyes, const WorkspaceId& workspace, const Photo& photo) {
    auto hash = TRY(photo::parse_sha256(photo.sha256));
    auto file = TRY(house.vault.original(workspace, hash));
    auto decoded = TRY(house.decode(file));
    auto deriving = std::async(std::launch::async, [&] { return house.vault.derive(workspace, hash, decoded); });
    auto findings = eyes.look(decoded, workspace, photo.id, house.database);
    TRY(deriving.get());
    if (!findings) return findings.error();
    return SeenPhoto{photo.id, decoded.header.width, decoded.header.height, decoded.perceptual_hash, std::move(*findings)};
}

Result<std::vector<SeenPhoto>> see_all(House& house, vision::Eyes& eyes, const Stored& stored) {
    std::vector<SeenPhoto> seen;
    for (const auto& photo : stored.photos) {
        auto one = see(house, eyes, stored.workspace, photo);
        if (!one) {
            auto error = one.error();
            error.message = fmt::format("Photo {} of {}: {}", seen.size() + 1, stored.photos.size(), error.message);
            return error;
        }
        seen.push_back(std::move(*one));
    }
    return seen;
}

// Photos that were added or removed meanwhile brought a job of their own, which sees them as they are now. A job that was
// retried is named by no listing.
bool has_newer_job(const Stored& listing, const queue::Lease& lease) {
    return listing.job && *listing.job != to_string(lease.job);
}

}  // namespace

Result<void> Listings::draft_from_photos(const queue::Lease& lease, const ListingId& id) {
    auto& house = inside_->house;
    const http::Caller machine{lease.workspace, std::nullopt, "vitrine", ""};

    auto begun = TRY(house.database.write([&](store::Transaction& tx) -> Result<std::optional<Stored>> {
        TRY(lease.hold(tx));
        auto listing = TRY(rows::find_to_change(tx, lease.workspace, id));
        if (has_newer_job(listing, lease)) return std::nullopt;
        bool waits = listing.state == State::received || listing.state == State::failed;  // failed: its job was retried
        bool begun_before = listing.state == State::drafting;                             // by a run of this job that died
        if (begun_before) return listing;
        if (!waits) return std::nullopt;  // trashed meanwhile, or drafted by an earlier run of this job
        listing.state = State::drafting;
        TRY(inside_->save(tx, listing, machine, "listing.drafting"));
        return listing;
    }));
    // Nothing to draft; but a run that died after its draft was saved has not looked for twins.
    if (!begun) return inside_->look_for_twins(lease, id);

    auto tools = house.tools.get();
    auto seen = TRY(see_all(house, *tools->eyes, *begun));
    auto drafted = compose(seen, *tools->catalog, begun->language);  // pure
    auto facts = facts_of(seen);                                     // pure; save() writes the texts and reviews by the rules
    auto looks = looks_of(seen, tools->versions()["embedding"]);     // pure

    TRY(house.database.write([&](store::Transaction& tx) -> Result<void> {
        TRY(lease.hold(tx));                                                // refused when the fence moved
        auto listing = TRY(rows::find_to_change(tx, lease.workspace, id));  // a person may have corrected it meanwhile
        if (listing.state != State::drafting || has_newer_job(listing, lease)) return {};
        listing.machine = drafted.fields;
        listing.product = drafted.product;
        listing.facts = facts;
        listing.state = State::draft;
        listing.job.reset();
        TRY(rows::save_drafted_with(tx, id, json::write(tools->versions())));
        TRY(rows::forget_pairs(tx, id));
        TRY(inside_->remember(tx, listing, looks));
        return inside_->save(tx, listing, machine, "listing.drafted");
    }));
    return inside_->look_for_twins(lease, id);
}

}  // namespace vitrine::listing
