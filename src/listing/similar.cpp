// What looks like what among one's own: the index kept true to the listings, and asked.

#include "listing/similar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>

#include "core/log.hpp"
#include "listing/inside.hpp"
#include "photo/files.hpp"
#include "vision/findings_store.hpp"

namespace vitrine::listing {
namespace {

constexpr std::size_t twins_looked_at = 10;         // of the nearest listings
constexpr std::int64_t file_bytes_max = 1LL << 30;  // of a file on this machine; the server's own limit is lower

std::optional<std::uint64_t> hash_of(const Stored& stored, const PhotoId& photo) {
    auto facts = std::ranges::find(stored.facts, photo, &PhotoFacts::id);
    if (facts == stored.facts.end() || facts->perceptual_hash.empty()) return std::nullopt;
    return std::strtoull(facts->perceptual_hash.c_str(), nullptr, 16);
}

template <class Found>
std::optional<Found> found_as(const std::map<std::string, vision::StoredFinding>& findings, const std::string& task) {
    auto row = findings.find(task);
    if (row == findings.end()) return std::nullopt;
    auto found = json::read<Found>(row->second.value);
    return found ? std::optional(std::move(*found)) : std::nullopt;
}

Looks::OfPhoto look_of(const PhotoId& id, std::vector<float> embedding, const std::optional<vision::Regions>& regions,
                       const std::optional<vision::Kinds>& kinds, std::optional<std::uint64_t> hash) {
    Looks::OfPhoto look{id, std::move(embedding), {}, hash, !kinds || kinds->kind.value != "other"};
    if (regions)
        for (const auto& region : regions->regions) look.regions.push_back(region.vector);
    return look;
}

// Of the nearest, as people see them.
Result<Similar> shown(store::Transaction& tx, const WorkspaceId& workspace, const std::vector<likeness::Match>& matches,
                      const std::set<ListingId>& different, int limit) {
    Similar similar;
    for (const auto& match : matches) {
        if (match.closeness == likeness::Closeness::none && !match.same_picture) continue;
        auto id = TRY(ListingId::parse(match.subject));
        auto brief = TRY(rows::brief(tx, workspace, id));
        if (!brief) continue;  // trashed since
        SimilarListing row{std::move(*brief), TRY(PhotoId::parse(match.photo)), match.closeness, match.score, different.contains(id)};
        if (match.same_picture) row.closeness = likeness::Closeness::same_item;
        if (row.different) row.closeness = likeness::Closeness::same_style;
        similar.similar.push_back(std::move(row));
    }
    std::ranges::stable_sort(similar.similar, {}, &SimilarListing::closeness);
    if (similar.similar.size() > static_cast<std::size_t>(limit)) similar.similar.resize(static_cast<std::size_t>(limit));
    similar.nothing_close_enough = similar.similar.empty();
    return similar;
}

double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

// --- pure ------------------------------------------------------------------------------------------------------------

Looks looks_of(const std::vector<SeenPhoto>& photos, std::string version) {
    Looks looks{std::move(version), {}};
    for (const auto& photo : photos)
        if (photo.findings.embedding)
            looks.photos.push_back(
                look_of(photo.id, photo.findings.embedding->vector, photo.findings.regions, photo.findings.kinds, photo.perceptual_hash));
    return looks;
}

std::vector<likeness::Vector> vectors_of(const Looks& looks) {
    std::vector<likeness::Vector> vectors;
    for (const auto& photo : looks.photos) {
        vectors.push_back({likeness::Space::own, to_string(photo.id), 0, photo.embedding, photo.perceptual_hash});
        for (std::size_t i = 0; i < photo.regions.size(); ++i)
            vectors.push_back({likeness::Space::region, to_string(photo.id), static_cast<std::int64_t>(i + 1), photo.regions[i]});
    }
    return vectors;
}

std::vector<likeness::Sought> sought_of(const Looks& looks) {
    bool any = std::ranges::any_of(looks.photos, &Looks::OfPhoto::shows_a_thing);
    std::vector<likeness::Sought> sought;
    for (const auto& photo : looks.photos)
        if (photo.shows_a_thing || !any) sought.push_back({photo.embedding, photo.perceptual_hash});
    return sought;
}

bool known_copy(const Stored& one, const Stored& other) {
    return one.duplicate_of == other.id || other.duplicate_of == one.id || one.photos_key == other.photos_key;
}

std::optional<Alike> alike(const likeness::Match& match) {
    if (match.same_picture) return Alike::same_photo;
    if (match.closeness == likeness::Closeness::same_item) return Alike::same_item;
    return std::nullopt;
}

std::vector<likeness::Match> merged(std::vector<likeness::Match> one, std::vector<likeness::Match> other) {
    auto better = [](const likeness::Match& a, const likeness::Match& b) {
        if (a.same_picture != b.same_picture) return a.same_picture;
        if (a.closeness != b.closeness) return a.closeness < b.closeness;
        return a.score > b.score;
    };
    one.insert(one.end(), other.begin(), other.end());
    std::ranges::stable_sort(one, better);
    std::set<std::string> seen;
    std::erase_if(one, [&](const likeness::Match& match) { return !seen.insert(match.subject).second; });
    return one;
}

Result<PhotoPart> PhotoPart::parse(std::string_view text) {
    const Error refused{Kind::invalid, "listing.region",
                        "A region is x,y,width,height in parts of the photo: 0.25,0.1,0.5,0.5 is its middle half, a tenth from the top. It "
                        "lies inside the photo and is at least 0.02 wide and high.",
                        "region"};
    std::array<double, 4> numbers{};
    const char *at = text.data(), *end = text.data() + text.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0 && (at == end || *at++ != ',')) return refused;
        auto [rest, error] = std::from_chars(at, end, numbers[i], std::chars_format::fixed);
        if (error != std::errc{}) return refused;
        at = rest;
    }
    auto [x, y, w, h] = numbers;
    constexpr double rounding = 1e-6, least = 0.02;
    bool inside = x >= 0 && y >= 0 && w >= least && h >= least && x + w <= 1 + rounding && y + h <= 1 + rounding;
    if (at != end || !inside) return refused;
    return PhotoPart{x, y, w, h};
}

// --- kept true -------------------------------------------------------------------------------------------------------

Result<Looks> Listings::Inside::stored_looks(store::Transaction& tx, const Stored& stored) {
    Looks looks;
    for (const auto& photo : stored.photos) {
        auto findings = TRY(vision::stored_findings(tx, stored.workspace, photo.id));
        auto embedding = found_as<vision::Embedding>(findings, "embedding");
        if (!embedding) continue;
        const auto& version = findings.at("embedding").version;
        if (looks.version.empty()) looks.version = version;
        if (version != looks.version) continue;  // of two models: not to be compared
        looks.photos.push_back(look_of(photo.id, std::move(embedding->vector), found_as<vision::Regions>(findings, "regions"),
                                       found_as<vision::Kinds>(findings, "kinds"), hash_of(stored, photo.id)));
    }
    return looks;
}

Result<void> Listings::Inside::remember(store::Transaction& tx, const Stored& stored, const Looks& looks) {
    if (looks.photos.empty()) return house.likeness.remove(tx, stored.workspace, to_string(stored.id));
    return house.likeness.put(tx, stored.workspace, to_string(stored.id), vectors_of(looks), looks.version);
}

Result<void> Listings::Inside::look_for_twins(const queue::Lease& lease, const ListingId& id) {
    struct Asked {
        Stored listing;
        Looks looks;
    };
    auto asked = TRY(house.database.read([&](store::Transaction& tx) -> Result<Asked> {
        auto listing = TRY(rows::find(tx, lease.workspace, id));
        auto looks = TRY(stored_looks(tx, listing));
        return Asked{std::move(listing), std::move(looks)};
    }));
    std::vector<likeness::Match> near;
    if (auto sought = sought_of(asked.looks); !sought.empty())
        near = TRY(house.likeness.nearest(lease.workspace,
                                          {likeness::Space::own, asked.looks.version, std::move(sought), twins_looked_at, to_string(id)}))
                   .matches;

    return house.database.write([&](store::Transaction& tx) -> Result<void> {
        TRY(lease.hold(tx));
        auto listing = TRY(rows::find(tx, lease.workspace, id));
        if (listing.state == State::trashed) return {};
        std::map<ListingId, std::pair<Alike, double>> found;
        for (const auto& match : near)
            if (auto how = alike(match)) found[TRY(ListingId::parse(match.subject))] = {*how, match.score};
        for (const auto& other : TRY(rows::with_same_files(tx, lease.workspace, id))) found[other] = {Alike::same_file, 1};
        for (const auto& [other, told] : found) {
            auto theirs = rows::find(tx, lease.workspace, other);
            if (!theirs && theirs.error().kind == Kind::not_found) continue;
            if (!theirs) return theirs.error();
            if (known_copy(listing, *theirs)) continue;
            TRY(rows::save_pair(tx, lease.workspace, id, other, told.first, told.second));
            const auto& later = id < other ? *theirs : listing;
            TRY(house.events.append(tx, lease.workspace, "listing.changed", to_string(later.id), changed(later)));
        }
        return {};
    });
}

Result<void> Listings::enqueue_remembering() {
    auto& house = inside_->house;
    for (const auto& workspace : TRY(house.database.read([](store::Transaction& tx) { return rows::workspaces_not_remembered(tx); })))
        TRY(house.database.write([&](store::Transaction& tx) -> Result<void> {
            queue::NewJob job;
            job.workspace = workspace;
            job.kind = remember_job;
            job.payload = json::Object{};
            job.priority = -1;  // drafts go first
            TRY(house.queue.enqueue(tx, job));
            return {};
        }));
    return {};
}

Result<void> Listings::remember_drafted(const queue::Lease& lease) {
    constexpr int batch = 50;  // a transaction; others write in between
    for (int found = batch; found == batch;)
        found = TRY(inside_->house.database.write([&](store::Transaction& tx) -> Result<int> {
            TRY(lease.hold(tx));
            auto ids = TRY(rows::not_remembered(tx, lease.workspace, batch));
            for (const auto& id : ids) {
                auto stored = TRY(rows::find_to_change(tx, lease.workspace, id));
                // What is in the trash is put when it is restored.
                const auto looks = TRY(inside_->stored_looks(tx, stored));
                if (stored.state != State::trashed) TRY(inside_->remember(tx, stored, looks));
                TRY(rows::save_remembered(tx, id));
            }
            return static_cast<int>(ids.size());
        }));
    return {};
}

// --- asked -----------------------------------------------------------------------------------------------------------

Result<Similar> Listings::similar(const http::Caller& who, const ListingId& id, int limit) {
    auto& house = inside_->house;
    const auto start = std::chrono::steady_clock::now();
    auto looks = TRY(house.database.read([&](store::Transaction& tx) -> Result<Looks> {
        auto stored = TRY(rows::find(tx, who.workspace, id));
        return inside_->stored_looks(tx, stored);
    }));
    if (looks.photos.empty())
        return Error{
            Kind::conflict, "listing.not_looked_at",
            "None of its photos has been looked at yet, so nothing can be said of what looks like it. Add a photo, or wait for its "
            "draft."};
    auto looked = TRY(house.likeness.nearest(
        who.workspace, {likeness::Space::own, looks.version, sought_of(looks), static_cast<std::size_t>(limit), to_string(id)}));
    auto similar = TRY(house.database.read([&](store::Transaction& tx) -> Result<Similar> {
        return shown(tx, who.workspace, looked.matches, TRY(rows::said_different(tx, who.workspace, id)), limit);
    }));
    similar.searched = static_cast<std::int64_t>(looked.searched);
    similar.took_ms = ms_since(start);
    return similar;
}

Result<Similar> Listings::similar_to(const http::Caller& who, const std::filesystem::path& photo, std::optional<PhotoPart> part,
                                     int limit) {
    auto& house = inside_->house;
    const auto start = std::chrono::steady_clock::now();
    auto eyes = house.tools.get()->eyes;
    likeness::Sought sought;
    {
        auto file = TRY(photo::read_file(photo, file_bytes_max));
        auto decoded = TRY(house.decode(file));
        std::optional<std::array<double, 4>> box;
        if (part) box = {part->x, part->y, part->w, part->h};
        sought.embedding = TRY(eyes->embed(decoded, box)).vector;
        if (!part) sought.perceptual_hash = decoded.perceptual_hash;
    }
    const auto version = eyes->versions()["embedding"];
    const auto k = static_cast<std::size_t>(limit);
    auto whole = TRY(house.likeness.nearest(who.workspace, {likeness::Space::own, version, {sought}, k}));
    sought.perceptual_hash.reset();
    auto regions = TRY(house.likeness.nearest(who.workspace, {likeness::Space::region, version, {sought}, k}));

    auto similar = TRY(house.database.read([&](store::Transaction& tx) -> Result<Similar> {
        return shown(tx, who.workspace, merged(std::move(whole.matches), std::move(regions.matches)), {}, limit);
    }));
    similar.searched = static_cast<std::int64_t>(whole.searched);
    similar.took_ms = ms_since(start);
    return similar;
}

// --- said ------------------------------------------------------------------------------------------------------------

Result<Listing> Listings::Inside::judge(const http::Caller& who, const ListingId& id, const ListingId& other, bool different) {
    if (id == other)
        return Error{Kind::invalid, "listing.itself", "These are one and the same listing; name another that it is not the same as.",
                     "other"};
    return house.database.write([&](store::Transaction& tx) -> Result<Listing> {
        for (const auto& one : {std::min(id, other), std::max(id, other)}) TRY(rows::find_to_change(tx, who.workspace, one));
        TRY(rows::say_different(tx, who.workspace, id, other, different ? std::optional(who.name) : std::nullopt, house.clock.now()));
        for (const auto& one : {id, other}) {
            auto stored = TRY(rows::find(tx, who.workspace, one));
            TRY(house.events.append(tx, who.workspace, "listing.changed", to_string(one), changed(stored)));
        }
        TRY(house.audit.write(tx, who, different ? "listing.different" : "listing.different_taken_back", to_string(id),
                              json::Object{{"other", to_string(other)}}));
        return TRY(rows::find(tx, who.workspace, id)).shown();
    });
}

Result<Listing> Listings::say_different(const http::Caller& who, const ListingId& id, const ListingId& other) {
    return inside_->judge(who, id, other, true);
}
Result<Listing> Listings::take_back_different(const http::Caller& who, const ListingId& id, const ListingId& other) {
    return inside_->judge(who, id, other, false);
}

}  // namespace vitrine::listing
