#include "app/reload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "app/served_house_for_tests.hpp"

namespace vitrine::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReloadTest : public ServedHouse {
protected:
    ReloadTest() {
        settings.file = settings.data.string() + ".toml";
        write(settings.file, "");
    }
    ~ReloadTest() override { std::filesystem::remove(settings.file); }
    static std::filesystem::path photo() {
        return std::filesystem::directory_iterator(std::filesystem::path(VITRINE_SOURCE) / "samples/photos")->path();
    }
    static void write(const std::filesystem::path& file, std::string_view text) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
};

TEST_F(ReloadTest, NothingNewChangesNothing) {
    auto before = house->tools->get();
    auto reloaded = house->reload->now(local);
    ASSERT_TRUE(reloaded) << reloaded.error().message;
    EXPECT_THAT(reloaded->settings, IsEmpty());
    EXPECT_THAT(reloaded->next_start, IsEmpty());
    EXPECT_THAT(reloaded->parts, IsEmpty());
    EXPECT_EQ(before->eyes, house->tools->get()->eyes) << "models that nobody changed are not loaded again";
}

TEST_F(ReloadTest, WhatHoldsAtOnceIsToldApartFromWhatWaitsForTheNextStart) {
    std::int64_t told = 0;
    house->reload->when_settings_change([&](const Settings& now) { told = now.auth.anonymous_burst; });
    write(settings.file, "workers = 2\n[auth]\nanonymous_burst = 7\n");
    auto reloaded = house->reload->now(local);
    ASSERT_TRUE(reloaded) << reloaded.error().message;
    EXPECT_THAT(reloaded->next_start, ElementsAre("workers"));
    EXPECT_THAT(reloaded->settings, IsEmpty()) << "this house was started with another value, which wins as a flag does";

    write(settings.file, "workers = 2\n[auth]\nanonymous_burst = 7\nrequests_burst = 9\n");
    EXPECT_THAT(house->reload->now(local)->settings, IsEmpty());
    EXPECT_EQ(told, 0);
    write(settings.file, "log_level = \"error\"\nworkers = 2\n");
    EXPECT_THAT(house->reload->now(local)->settings, ElementsAre("log_level"));
    EXPECT_NE(told, 0);
}

TEST_F(ReloadTest, AWrongFileChangesNothingAndIsSaid) {
    auto before = house->tools->get();
    write(settings.file, "workers = \"many\"\n");
    auto refused = house->reload->now(local);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "config.value");
    write(settings.file, "");
    write(settings.data / "labels/brands.tsv", "Some Name\tclothing\tperhaps\n");
    refused = house->reload->now(local);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "labels.wrong");
    EXPECT_EQ(before, house->tools->get());
}

TEST_F(ReloadTest, NewLabelsHoldForTheNextDraftAndSayWhichToMakeAgain) {
    auto made = house->listings->create(local, {{photo(), "photo.jpg", false}}, listing::Language::en, false).value();
    const std::string kinds[] = {"listing.draft"};
    ASSERT_TRUE(house->listings->draft_from_photos(*house->queue->lease(kinds, std::chrono::minutes(1)).value(), made.listing));

    write(settings.data / "labels/brands.tsv", "Atelier Nove Lune\tclothing\n");
    auto reloaded = house->reload->now(local);
    ASSERT_TRUE(reloaded) << reloaded.error().message;
    EXPECT_THAT(reloaded->parts, ElementsAre("labels"));
    EXPECT_EQ(reloaded->redo.listings, 1);
    EXPECT_EQ(reloaded->redo.because, (std::map<std::string, std::int64_t>{{"labels", 1}}));
    EXPECT_TRUE(house->catalog()->brand("Atelier Nove Lune"));
    EXPECT_EQ(house->listings->find(local, made.listing)->state, listing::State::draft) << "nothing is started unasked";
}

// A draft that is being made keeps the labels it began with; they go when it is through.
TEST_F(ReloadTest, WhoTookTheOldLabelsKeepsThem) {
    auto taken = house->catalog();
    write(settings.data / "labels/brands.tsv", "Atelier Nove Lune\tclothing\n");
    ASSERT_TRUE(house->reload->now(local));
    EXPECT_FALSE(taken->brand("Atelier Nove Lune"));
    EXPECT_TRUE(taken->brand("levis"));
}

}  // namespace
}  // namespace vitrine::app
