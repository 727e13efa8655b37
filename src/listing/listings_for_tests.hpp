#pragma once
// Inside this room only: for its tests, its verbs over a real database, vault and queue, on either engine, with no model.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "auth/accounts.hpp"
#include "auth/auth.hpp"
#include "likeness/likeness.hpp"
#include "listing/listings.hpp"
#include "photo/files.hpp"
#include "queue/events.hpp"
#include "queue/queue.hpp"
#include "store/temporary.hpp"
#include "vision/eyes.hpp"
#include "vision/findings_store.hpp"

namespace vitrine::listing {

class ListingsTest : public ::testing::Test {
protected:
    void SetUp() override {
        queue_ = std::make_unique<queue::Queue>(*database_, clock_, metrics_);
        events_ = std::make_unique<queue::Events>(*database_, clock_);
        use_labels("of today");
        listings_ = std::make_unique<Listings>(house());
        workers_ = std::make_unique<queue::Workers>(*queue_, metrics_);
        listings_->add_jobs(*workers_);
    }
    void TearDown() override {
        workers_.reset();
        listings_.reset();
    }

    House house() {
        return {*database_, *queue_, *events_, vault_,  likeness_, [](auto file) { return photo::decode(file); },
                tools_,     audit_,  clock_,   metrics_};
    }
    std::vector<Incoming> samples(std::initializer_list<std::string_view> kinds) {
        std::vector<Incoming> photos;
        for (auto kind : kinds)
            for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(VITRINE_SOURCE) / "samples/photos"))
                if (entry.path().filename().string().starts_with(kind)) {
                    photos.push_back({entry.path(), entry.path().filename().string(), false});
                    break;
                }
        return photos;
    }
    Listing make(std::initializer_list<std::string_view> kinds = {"skirt"}) {
        auto made = listings_->create(ada_, samples(kinds), Language::en, false);
        EXPECT_TRUE(made) << made.error().message;
        return listings_->find(ada_, made->listing).value();
    }

    // No pack: nothing is ready.
    void use_labels(std::string version) {
        tools_.replace(std::make_shared<const Tools>(
            Tools{vision::Eyes::open({}, {}, metrics_), std::make_shared<const catalog::Catalog>(), std::move(version)}));
    }

    // As another worker, once the time of the lease before is up: a queue looks for lost leases first of all.
    queue::Lease lease_again() {
        const std::string kinds[] = {"listing.draft"};
        return *queue::Queue(*database_, clock_, metrics_).lease(kinds, std::chrono::minutes(1)).value();
    }
    static std::multiset<std::string> rules_of(const Listing& listing) {
        std::multiset<std::string> rules;
        for (const auto& remark : listing.remarks) rules.insert(remark.rule);
        return rules;
    }
    std::size_t jobs() {
        return database_->read([&](store::Transaction& tx) { return queue_->list(tx, ada_.workspace, {}); })->size();
    }

    store::TemporaryFolder folder_;
    std::filesystem::path data_ = folder_.path();
    SystemClock clock_;
    Metrics metrics_;
    store::TemporaryDatabase database_{{auth::Accounts::migrations(), queue::Queue::migrations(), vision::migrations(),
                                        likeness::Likeness::migrations(), Listings::migrations()}};
    likeness::Likeness likeness_{*database_, {.folder = data_ / "index"}, metrics_};
    std::unique_ptr<queue::Queue> queue_;
    std::unique_ptr<queue::Events> events_;
    photo::Vault vault_{data_, {}};
    Current<Tools> tools_{nullptr};
    auth::Audit audit_{clock_};
    std::unique_ptr<Listings> listings_;
    std::unique_ptr<queue::Workers> workers_;
    http::Caller ada_{WorkspaceId::make(), std::nullopt, "Ada", ""};
};

}  // namespace vitrine::listing
