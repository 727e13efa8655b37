// Which drafts were made with labels or models that have changed since, and drafting those again.

#include <fmt/format.h>

#include "listing/inside.hpp"

namespace vitrine::listing {
namespace {

constexpr int batch = 200;  // a transaction; others write in between

// Of drafts from before it was written down what they were made with.
constexpr std::string_view unknown = "earlier version";

// What has changed since; a task that has no model now is no reason.
std::vector<std::string> reasons(const std::map<std::string, std::string>& now, const std::map<std::string, std::string>& then) {
    if (then.empty()) return {std::string(unknown)};
    std::vector<std::string> changed;
    for (const auto& [part, version] : now)
        if (auto made = then.find(part); made == then.end() || made->second != version) changed.push_back(part);
    return changed;
}

}  // namespace

std::map<std::string, std::string> Tools::versions() const {
    auto versions = eyes->versions();
    versions["labels"] = labels_version;
    return versions;
}

Result<Redo> Listings::redo(const http::Caller& who, bool dry_run) {
    auto& house = inside_->house;
    const auto now = house.tools.get()->versions();
    Redo redo;
    redo.dry_run = dry_run;
    // Listings that are not outdated after all stay in the next batch, so batches follow the ids.
    std::optional<ListingId> after;
    for (int found = batch; found == batch;) {
        auto look = [&](store::Transaction& tx) -> Result<std::vector<rows::DraftedWith>> {
            return rows::drafted_otherwise(tx, who.workspace, json::write(now), after, batch);
        };
        auto look_and_enqueue = [&](store::Transaction& tx) -> Result<std::vector<rows::DraftedWith>> {
            auto drafts = TRY(look(tx));
            for (const auto& draft : drafts) {
                if (reasons(now, draft.with).empty()) continue;
                auto stored = TRY(rows::find(tx, who.workspace, draft.listing));
                TRY(inside_->enqueue_draft(tx, stored));
                TRY(inside_->save(tx, stored, who, "listing.redo"));
            }
            return drafts;
        };
        auto drafts = TRY(dry_run ? house.database.read(look) : house.database.write(look_and_enqueue));
        for (const auto& draft : drafts) {
            auto changed = reasons(now, draft.with);
            redo.listings += !changed.empty();
            for (const auto& part : changed) ++redo.because[part];
        }
        found = static_cast<int>(drafts.size());
        if (!drafts.empty()) after = drafts.back().listing;
    }
    return redo;
}

}  // namespace vitrine::listing
