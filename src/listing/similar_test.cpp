// What looks like what among one's own, with eyes that see what a test says; real photos, rows and index.

#include "listing/similar.hpp"

#include <barrier>
#include <cmath>
#include <fstream>
#include <thread>

#include "listing/listings_for_tests.hpp"

namespace vitrine::listing {
namespace {

// Sees in each photo what it was told of it, by its perceptual hash; in any other photo a direction of its own.
class ToldEyes final : public vision::Eyes {
public:
    static constexpr std::size_t width = 32;
    std::map<std::uint64_t, std::vector<float>> told, told_of_parts;
    std::map<std::uint64_t, std::string> kinds;
    bool busy = false;
    std::unique_ptr<std::barrier<>> together;  // when set: looks begin only once so many are there

    Result<vision::Findings> look(const photo::Decoded& photo) override {
        vision::Findings findings;
        findings.embedding = vision::Embedding{vector_of(photo.perceptual_hash)};
        if (auto part = told_of_parts.find(photo.perceptual_hash); part != told_of_parts.end())
            findings.regions = vision::Regions{{{{0, 0, 10, 10}, 0.5, part->second}}};
        auto kind = kinds.find(photo.perceptual_hash);
        findings.kinds = vision::Kinds{{kind == kinds.end() ? "clothing" : kind->second, 1, {}}, {}, {}, {}};
        return findings;
    }
    Result<vision::Findings> look(const photo::Decoded& photo, const WorkspaceId& workspace, const photo::PhotoId& id,
                                  store::Database& database) override {
        if (together) together->arrive_and_wait();
        auto findings = TRY(look(photo));
        TRY(database.write([&](store::Transaction& tx) -> Result<void> {
            TRY(vision::keep_finding(tx, workspace, id, "embedding", {"told-1", json::write(*findings.embedding)}, Time{}));
            TRY(vision::keep_finding(tx, workspace, id, "kinds", {"told-1", json::write(*findings.kinds)}, Time{}));
            if (findings.regions)
                TRY(vision::keep_finding(tx, workspace, id, "regions", {"told-1", json::write(*findings.regions)}, Time{}));
            return {};
        }));
        return findings;
    }
    Result<vision::Findings> look_only(const photo::Decoded& photo, std::span<const std::string_view>) override { return look(photo); }
    Result<vision::Embedding> embed(const photo::Decoded& photo, const std::optional<std::array<double, 4>>& part) override {
        if (busy) return Error{Kind::limit, "vision.busy", "64 photos wait for the model already; try again in a few seconds."};
        return vision::Embedding{part ? told_of_parts.at(photo.perceptual_hash) : vector_of(photo.perceptual_hash)};
    }
    std::vector<std::string> labels(std::string_view) const override { return {}; }
    double threshold(std::string_view) const override { return 0; }
    bool loaded() const override { return true; }
    std::vector<vision::Part> parts() const override { return {}; }
    std::map<std::string, std::string> versions() const override { return {{"embedding", "told-1"}}; }
    bool ready() const override { return true; }

private:
    std::vector<float> vector_of(std::uint64_t hash) const {
        if (auto known = told.find(hash); known != told.end()) return known->second;
        std::vector<float> vector(width);
        for (auto& value : vector) {
            hash = hash * 6364136223846793005ULL + 1442695040888963407ULL;
            value = static_cast<float>(static_cast<std::int32_t>(hash >> 32)) / 2147483648.0f;
        }
        return vector;
    }
};

// A unit vector at this cosine from the first axis, on the plane with axis `other`.
std::vector<float> at(double cosine, std::size_t other = 1) {
    std::vector<float> vector(ToldEyes::width, 0);
    vector[0] = static_cast<float>(cosine);
    vector[other] = static_cast<float>(std::sqrt(1 - cosine * cosine));
    return vector;
}

class SimilarTest : public ListingsTest {
protected:
    void SetUp() override {
        ListingsTest::SetUp();
        tools_.replace(std::make_shared<const Tools>(Tools{eyes_, std::make_shared<const catalog::Catalog>(), "of today"}));
    }
    std::uint64_t hash_of(std::string_view kind) {
        auto file = photo::read_file(samples({kind}).at(0).path, 1 << 30).value();
        return photo::decode(file)->perceptual_hash;
    }
    void looks_like(std::string_view kind, std::vector<float> vector) { eyes_->told[hash_of(kind)] = std::move(vector); }
    Listing drafted(std::initializer_list<std::string_view> kinds) {
        auto listing = make(kinds);
        EXPECT_TRUE(workers_->drain());
        return now(listing);
    }
    Listing now(const Listing& listing) { return listings_->find(ada_, listing.id).value(); }
    static std::vector<ListingId> ids(const Similar& similar) {
        std::vector<ListingId> ids;
        for (const auto& row : similar.similar) ids.push_back(row.listing.id);
        return ids;
    }
    static std::vector<ListingId> twins(const Listing& listing) {
        std::vector<ListingId> ids;
        for (const auto& twin : listing.twins) ids.push_back(twin.listing.id);
        return ids;
    }
    Similar similar_to(std::string_view kind, std::optional<PhotoPart> part = {}) {
        auto similar = listings_->similar_to(ada_, samples({kind}).at(0).path, part);
        EXPECT_TRUE(similar) << similar.error().message;
        return similar.value();
    }
    using Ids = std::vector<ListingId>;

    std::shared_ptr<ToldEyes> eyes_ = std::make_shared<ToldEyes>();
};

TEST_F(SimilarTest, a_photo_finds_its_listing_and_says_how_many_it_looked_through) {
    auto skirt = drafted({"skirt"}), polo = drafted({"polo"});
    auto found = similar_to("skirt");
    ASSERT_EQ(ids(found), Ids{skirt.id});
    EXPECT_EQ(found.similar[0].closeness, likeness::Closeness::same_item);
    EXPECT_EQ(found.similar[0].photo_id, skirt.photos[0].id);
    EXPECT_FALSE(found.nothing_close_enough);
    EXPECT_EQ(found.searched, 2);
}

TEST_F(SimilarTest, what_looks_like_nothing_of_ones_own_is_answered_so) {
    drafted({"skirt"});
    auto found = similar_to("polo");
    EXPECT_TRUE(found.similar.empty());
    EXPECT_TRUE(found.nothing_close_enough);
    EXPECT_EQ(found.searched, 1);
}

TEST_F(SimilarTest, nothing_of_the_photo_searched_with_is_kept) {
    drafted({"skirt"});
    auto files = [&] {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(data_))
            if (entry.path().string().find("/photos/") != std::string::npos || entry.path().string().find("/derived/") != std::string::npos)
                names.insert(entry.path().string());
        return names;
    };
    auto before = files();
    similar_to("polo");
    EXPECT_EQ(files(), before);
    EXPECT_EQ(listings_->list(ada_, {})->listings.size(), 1u);
    EXPECT_EQ(similar_to("polo").searched, 1) << "it is not among what is looked through";
}

TEST_F(SimilarTest, a_part_of_a_photo_finds_what_shows_that_part_alone) {
    eyes_->told_of_parts[hash_of("polo")] = at(1);
    looks_like("skirt", at(1));
    auto skirt = drafted({"skirt"});
    EXPECT_TRUE(similar_to("polo").nothing_close_enough);
    EXPECT_EQ(ids(similar_to("polo", PhotoPart{0.2, 0.2, 0.5, 0.5})), Ids{skirt.id});
}

TEST_F(SimilarTest, a_photo_of_a_thing_finds_it_as_a_part_of_another_photo) {
    eyes_->told_of_parts[hash_of("skirt")] = at(1);
    looks_like("polo", at(1));
    auto skirt = drafted({"skirt"});
    EXPECT_EQ(ids(similar_to("polo")), Ids{skirt.id});
}

TEST_F(SimilarTest, what_is_in_the_trash_is_not_found_until_it_is_restored) {
    auto skirt = drafted({"skirt"});
    ASSERT_TRUE(listings_->trash(ada_, skirt.id));
    auto gone = similar_to("skirt");
    EXPECT_TRUE(gone.nothing_close_enough);
    EXPECT_EQ(gone.searched, 0);
    ASSERT_TRUE(listings_->restore(ada_, skirt.id));
    EXPECT_EQ(ids(similar_to("skirt")), Ids{skirt.id});
}

TEST_F(SimilarTest, a_photo_that_was_taken_out_is_not_found_and_one_that_was_added_is) {
    auto listing = drafted({"skirt", "polo"});
    ASSERT_TRUE(listings_->remove_photo(ada_, listing.id, listing.photos[1].id));
    EXPECT_TRUE(similar_to("polo").nothing_close_enough) << "at once, before it is drafted again";
    ASSERT_TRUE(workers_->drain());
    EXPECT_EQ(ids(similar_to("skirt")), Ids{listing.id});
    ASSERT_TRUE(listings_->add_photos(ada_, listing.id, samples({"polo"})));
    ASSERT_TRUE(workers_->drain());
    EXPECT_EQ(ids(similar_to("polo")), Ids{listing.id});
}

TEST_F(SimilarTest, another_workspace_finds_none_of_it) {
    auto skirt = drafted({"skirt"});
    http::Caller eve{WorkspaceId::make(), std::nullopt, "Eve", ""};
    auto found = listings_->similar_to(eve, samples({"skirt"}).at(0).path, {}).value();
    EXPECT_TRUE(found.similar.empty());
    EXPECT_EQ(found.searched, 0);
    EXPECT_EQ(listings_->similar(eve, skirt.id).error().kind, Kind::not_found);
    EXPECT_EQ(listings_->say_different(eve, skirt.id, skirt.id).error().code, "listing.itself");
}

TEST_F(SimilarTest, a_listing_is_not_similar_to_itself_and_one_without_a_photo_cannot_say) {
    auto skirt = drafted({"skirt"});
    EXPECT_TRUE(listings_->similar(ada_, skirt.id)->nothing_close_enough);
    auto by_hand = listings_->create_by_hand(ada_, {}).value();
    EXPECT_EQ(listings_->similar(ada_, by_hand.id).error().code, "listing.not_looked_at");
}

TEST_F(SimilarTest, who_waits_too_long_for_the_model_is_told_to_come_back) {
    eyes_->busy = true;
    auto refused = listings_->similar_to(ada_, samples({"polo"}).at(0).path, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Kind::limit);
}

TEST_F(SimilarTest, a_file_that_is_no_photo_is_refused_in_words) {
    auto file = data_ / "list.jpg";
    std::ofstream(file) << "hello, I am no photo at all";
    EXPECT_EQ(listings_->similar_to(ada_, file, {}).error().kind, Kind::invalid);
}

// --- the guard --------------------------------------------------------------------------------------------------------

TEST_F(SimilarTest, a_thing_that_is_owned_already_is_warned_of_on_the_later_draft_alone) {
    looks_like("skirt", at(1)), looks_like("polo", at(0.999));
    auto first = drafted({"skirt"}), second = drafted({"polo"});
    ASSERT_EQ(twins(second), Ids{first.id});
    EXPECT_EQ(second.twins[0].alike, Alike::same_item);
    EXPECT_EQ(second.twins[0].listing.photo_id, first.photos[0].id);
    EXPECT_TRUE(twins(now(first)).empty());
    EXPECT_EQ(listings_->approve(ada_, second.id)->state, State::approved) << "a warning, never a block";
}

// Whichever is saved first looks again, or at all, only after the other's COMMIT: neither may look before its own.
TEST_F(SimilarTest, of_two_that_are_drafted_at_the_same_time_the_later_is_warned_of) {
    looks_like("skirt", at(1)), looks_like("polo", at(0.999));
    auto first = make({"skirt"}), second = make({"polo"});
    const std::string kinds[] = {"listing.draft"};
    eyes_->together = std::make_unique<std::barrier<>>(2);
    {
        std::vector<std::jthread> workers;
        for (int worker = 0; worker < 2; ++worker)
            workers.emplace_back([&, lease = *queue_->lease(kinds, std::chrono::minutes(1)).value()] {
                auto id = ListingId::parse(json::read<std::string>(lease.payload.at("listing")).value()).value();
                EXPECT_TRUE(listings_->draft_from_photos(lease, id));
            });
    }
    EXPECT_EQ(twins(now(second)), Ids{first.id});
    EXPECT_TRUE(twins(now(first)).empty());
}

TEST_F(SimilarTest, an_earlier_listing_that_is_drafted_again_finds_the_later) {
    looks_like("skirt", at(1)), looks_like("polo", at(0.999));
    auto first = drafted({"skirt"}), second = drafted({"polo"});
    ASSERT_TRUE(listings_->reanalyze(ada_, first.id));
    ASSERT_TRUE(workers_->drain());
    EXPECT_EQ(twins(now(second)), Ids{first.id});
}

TEST_F(SimilarTest, the_same_file_in_another_listing_is_known_at_once_without_a_model) {
    auto first = make({"skirt"});
    auto made = listings_->create(ada_, samples({"skirt", "polo"}), Language::en, false).value();
    ASSERT_EQ(made.twins.size(), 1u);
    EXPECT_EQ(made.twins[0].listing.id, first.id);
    EXPECT_EQ(made.twins[0].alike, Alike::same_file);
    ASSERT_TRUE(workers_->drain());
    EXPECT_EQ(listings_->find(ada_, made.listing)->twins.at(0).alike, Alike::same_file);
}

TEST_F(SimilarTest, who_said_they_are_different_is_never_asked_again_and_may_take_it_back) {
    looks_like("skirt", at(1)), looks_like("polo", at(0.999));
    auto first = drafted({"skirt"}), second = drafted({"polo"});
    EXPECT_TRUE(listings_->say_different(ada_, second.id, first.id)->twins.empty());
    for (const auto& listing : {second, first}) {
        ASSERT_TRUE(listings_->reanalyze(ada_, listing.id));
        ASSERT_TRUE(workers_->drain());
        EXPECT_TRUE(twins(now(second)).empty());
    }
    auto row = listings_->similar(ada_, second.id)->similar.at(0);
    EXPECT_TRUE(row.different);
    EXPECT_EQ(row.closeness, likeness::Closeness::same_style);
    EXPECT_EQ(twins(listings_->take_back_different(ada_, second.id, first.id).value()), Ids{first.id});
    EXPECT_FALSE(listings_->similar(ada_, second.id)->similar.at(0).different);
}

TEST_F(SimilarTest, a_twin_in_the_trash_is_no_warning_and_comes_back_with_it) {
    looks_like("skirt", at(1)), looks_like("polo", at(0.999));
    auto first = drafted({"skirt"}), second = drafted({"polo"});
    ASSERT_TRUE(listings_->trash(ada_, first.id));
    EXPECT_TRUE(twins(now(second)).empty());
    ASSERT_TRUE(listings_->restore(ada_, first.id));
    EXPECT_EQ(twins(now(second)), Ids{first.id});
}

TEST_F(SimilarTest, a_copy_that_was_asked_for_is_no_twin) {
    auto first = drafted({"skirt"});
    auto copy = listings_->duplicate(ada_, first.id).value();
    auto again = listings_->create(ada_, samples({"skirt"}), Language::en, true).value();
    EXPECT_TRUE(again.twins.empty());
    ASSERT_TRUE(workers_->drain());
    EXPECT_TRUE(listings_->find(ada_, again.listing)->twins.empty());
    EXPECT_TRUE(now(copy).twins.empty());
    EXPECT_EQ(listings_->similar(ada_, first.id)->similar.size(), 2u) << "they are similar all the same";
}

TEST_F(SimilarTest, two_labels_that_look_alike_are_no_twins) {
    eyes_->kinds[hash_of("hat")] = eyes_->kinds[hash_of("dress")] = "other";
    looks_like("hat", at(1)), looks_like("dress", at(0.9999));
    drafted({"skirt", "hat"});
    EXPECT_TRUE(drafted({"polo", "dress"}).twins.empty());
}

TEST_F(SimilarTest, drafts_of_before_are_put_into_likeness_by_a_job) {
    auto skirt = drafted({"skirt"});
    static constexpr store::Statement as_before{"test.as_before", "UPDATE listings SET remembered = 0"};
    ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Result<void> {
        TRY(likeness_.remove(tx, ada_.workspace, to_string(skirt.id)));
        TRY(tx.execute(as_before));
        return {};
    }));
    EXPECT_TRUE(similar_to("skirt").nothing_close_enough);
    ASSERT_TRUE(listings_->enqueue_remembering());
    ASSERT_TRUE(workers_->drain());
    EXPECT_EQ(ids(similar_to("skirt")), Ids{skirt.id});
    auto before = jobs();
    ASSERT_TRUE(listings_->enqueue_remembering());
    EXPECT_EQ(jobs(), before) << "once is enough";
}

// --- pure --------------------------------------------------------------------------------------------------------------

TEST(PhotoPart, is_four_parts_of_the_photo_and_lies_inside_it) {
    auto part = PhotoPart::parse("0.25,0.1,0.5,0.9").value();
    EXPECT_EQ(part.y, 0.1);
    EXPECT_EQ(part.h, 0.9);
    for (auto text : {"", "0,0,1", "0,0,1,1,1", "0,0,1,1 ", "a,b,c,d", "0.5,0,0.6,1", "-0.1,0,1,1", "0,0,0,1", "0,0,0.001,1", "nan,0,1,1",
                      "0,0,inf,1", "1e-1,0,1,1"})
        EXPECT_EQ(PhotoPart::parse(text).error().code, "listing.region") << text;
}

TEST(Merged, of_a_listing_in_both_the_closer_counts) {
    using likeness::Closeness;
    auto both = merged({{"a", "1", 0, 0.9f, Closeness::same_style}, {"b", "2", 0, 0.5f, Closeness::none}},
                       {{"b", "3", 1, 0.95f, Closeness::same_item}, {"a", "1", 1, 0.3f, Closeness::none}});
    ASSERT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0].subject, "b");
    EXPECT_EQ(both[0].photo, "3");
    EXPECT_EQ(both[1].score, 0.9f);
}

}  // namespace
}  // namespace vitrine::listing
