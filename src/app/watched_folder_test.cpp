#include "app/watched_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "auth/auth.hpp"
#include "core/log.hpp"

namespace vitrine::app {
namespace {

namespace fs = std::filesystem;

class WatchedFolderTest : public ::testing::Test {
protected:
    WatchedFolderTest() {
        log::set_level(log::Level::error);
        settings.data = root / "data";
        settings.watch.folder = folder;
        settings.watch.quiet_seconds = 1;
    }
    void SetUp() override {
        fs::create_directories(folder);
        auto opened = House::open_without_models(settings);
        ASSERT_TRUE(opened) << opened.error().message;
        house = std::move(*opened);
        local = auth::local_caller(house->workspace);
    }
    void TearDown() override {
        watched.reset();
        house.reset();
        fs::remove_all(root);
    }

    void start() {
        auto started = WatchedFolder::start(settings, *house);
        ASSERT_TRUE(started) << started.error().message;
        watched = std::move(*started);
    }
    // Whether it comes to be so within a minute.
    static bool soon(const std::function<bool()>& so) {
        for (int i = 0; i < 1200 && !so(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return so();
    }
    static fs::path sample(std::string_view kind) {
        for (const auto& entry : fs::directory_iterator(fs::path(VITRINE_SOURCE) / "samples/photos"))
            if (entry.path().filename().string().starts_with(kind)) return entry.path();
        return {};
    }
    void put(std::string_view kind, const fs::path& name) { fs::copy_file(sample(kind), folder / name); }
    std::vector<listing::Listing> listings() { return house->listings->list(local, {}).value().listings; }
    std::vector<queue::Event> events(std::string_view kind) {
        auto all = house->events->after(house->workspace, 0, 1000).value();
        std::erase_if(all, [&](const queue::Event& event) { return event.kind != kind; });
        return all;
    }
    static std::string text_of(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool exists(const fs::path& name) const { return fs::exists(folder / name); }

    fs::path root = fs::temp_directory_path() / ("vitrine-watched-" + to_string(make_uuid_v7()));
    fs::path folder = root / "in";
    Settings settings;
    std::unique_ptr<House> house;
    http::Caller local;
    std::unique_ptr<WatchedFolder> watched;
};

TEST_F(WatchedFolderTest, a_photo_becomes_a_listing_and_goes_to_done) {
    put("skirt", "there before.jpg");
    start();
    ASSERT_TRUE(soon([&] { return exists("done/there before.jpg"); }));
    put("polo", "came later.jpg");
    ASSERT_TRUE(soon([&] { return exists("done/came later.jpg"); }));
    auto made = listings();
    ASSERT_EQ(made.size(), 2u);
    EXPECT_EQ(made[0].photos[0].file_name, "came later.jpg");
    EXPECT_EQ(made[0].created_by, "watched folder");
    EXPECT_EQ(made[0].state, listing::State::received);
    EXPECT_FALSE(exists("came later.jpg"));
}

TEST_F(WatchedFolderTest, a_sub_folder_is_one_listing_and_moves_whole) {
    start();
    fs::create_directory(folder / "coat");
    put("skirt", "coat/1.jpg"), put("polo", "coat/2.jpg");
    ASSERT_TRUE(soon([&] { return exists("done/coat/1.jpg") && exists("done/coat/2.jpg"); }));
    ASSERT_EQ(listings().size(), 1u);
    EXPECT_EQ(listings()[0].photos.size(), 2u);
}

// Seen to fail: without the test whether the name is taken, where the second skirt replaces the first.
TEST_F(WatchedFolderTest, the_same_photo_twice_is_one_listing_and_no_file_is_lost) {
    start();
    put("skirt", "skirt.jpg");
    ASSERT_TRUE(soon([&] { return exists("done/skirt.jpg"); }));
    put("skirt", "skirt.jpg");
    ASSERT_TRUE(soon([&] { return exists("done/skirt (2).jpg"); }));
    ASSERT_EQ(listings().size(), 1u);
    auto told = events("watch.repeated");
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].subject, to_string(listings()[0].id));
    EXPECT_EQ(told[0].data.at("file"), "skirt.jpg");
}

TEST_F(WatchedFolderTest, what_is_no_photo_goes_to_failed_with_its_reason_beside_it) {
    fs::create_directories(folder / "failed");
    std::ofstream(folder / "failed/list.jpg.txt") << "somebody's own";
    std::ofstream(folder / "list.jpg") << "%PDF-1.4 not a photo";
    std::ofstream(folder / "cut.jpg") << text_of(sample("skirt")).substr(0, 5000);
    start();
    ASSERT_TRUE(soon([&] { return exists("failed/list (2).jpg") && exists("failed/cut.jpg"); }));
    EXPECT_NE(text_of(folder / "failed/list (2).jpg.txt").find("list.jpg: This file is a PDF"), std::string::npos)
        << text_of(folder / "failed/list (2).jpg.txt");
    EXPECT_EQ(text_of(folder / "failed/list.jpg.txt"), "somebody's own");
    EXPECT_NE(text_of(folder / "failed/cut.jpg.txt").find("cut off"), std::string::npos);
    EXPECT_TRUE(listings().empty());
    ASSERT_EQ(events("watch.refused").size(), 2u);
}

TEST_F(WatchedFolderTest, more_photos_than_a_listing_takes_are_refused_together) {
    fs::create_directory(folder / "many");
    for (int i = 0; i < 21; ++i) put("hat", fmt::format("many/{}.jpg", i));
    start();
    ASSERT_TRUE(soon([&] { return exists("failed/many/20.jpg"); }));
    EXPECT_NE(text_of(folder / "failed/many.txt").find("at most 20 photos"), std::string::npos);
    EXPECT_TRUE(listings().empty());
}

TEST_F(WatchedFolderTest, a_file_that_is_closed_and_written_on_is_waited_for) {
    settings.watch.quiet_seconds = 600;
    auto whole = text_of(sample("skirt"));
    std::ofstream(folder / "a.jpg") << whole.substr(0, 5000);
    put("polo", "b.jpg");
    start();
    ASSERT_TRUE(soon([&] { return exists("done/b.jpg"); })) << "after a.jpg was looked at";
    std::ofstream(folder / "a.jpg", std::ios::app) << whole.substr(5000);
    ASSERT_TRUE(soon([&] { return exists("done/a.jpg"); }));
    EXPECT_EQ(listings().size(), 2u);
    EXPECT_TRUE(events("watch.refused").empty());
}

// As a kill between the listing's commit and the move leaves it.
TEST_F(WatchedFolderTest, what_was_taken_but_not_moved_makes_no_second_listing) {
    put("skirt", "skirt.jpg");
    ASSERT_TRUE(house->listings->create(local, {{folder / "skirt.jpg", "skirt.jpg", false}}, listing::Language::en, false));
    start();
    ASSERT_TRUE(soon([&] { return exists("done/skirt.jpg"); }));
    EXPECT_EQ(listings().size(), 1u);
}

// Seen to fail: without the memory of what was taken, where the trashed listing comes back at every start.
TEST_F(WatchedFolderTest, what_is_left_in_place_is_taken_once_even_when_its_listing_is_trashed) {
    settings.watch.afterwards = "leave";
    put("skirt", "a.jpg");
    std::ofstream(folder / "b.jpg") << "no photo";
    start();
    ASSERT_TRUE(soon([&] { return events("watch.refused").size() == 1 && listings().size() == 1; }));
    ASSERT_TRUE(house->listings->trash(local, listings().at(0).id));
    watched.reset();
    start();
    put("polo", "c.jpg");
    ASSERT_TRUE(soon([&] { return !listings().empty(); }));
    EXPECT_EQ(listings().size(), 1u);
    EXPECT_EQ(listings()[0].photos[0].file_name, "c.jpg");
    EXPECT_EQ(events("watch.refused").size(), 1u);
    EXPECT_TRUE(exists("a.jpg") && exists("b.jpg") && exists("c.jpg"));
    EXPECT_FALSE(exists("done") || exists("failed"));
}

TEST_F(WatchedFolderTest, a_folder_that_vanishes_is_said_and_taken_up_again_when_it_is_back) {
    start();
    put("skirt", "a.jpg");
    ASSERT_TRUE(soon([&] { return exists("done/a.jpg"); }));
    fs::rename(folder, root / "away");
    ASSERT_TRUE(soon([&] { return !events("watch.unavailable").empty(); }));
    EXPECT_NE(json::print(events("watch.unavailable")[0].data).find("is not there"), std::string::npos);
    fs::create_directory(folder);
    put("polo", "b.jpg");
    ASSERT_TRUE(soon([&] { return exists("done/b.jpg"); }));
    EXPECT_EQ(events("watch.unavailable").size(), 1u) << "said once, however often it was tried";
    EXPECT_EQ(events("watch.ready").size(), 1u);
}

TEST_F(WatchedFolderTest, while_nothing_can_be_moved_nothing_is_taken) {
    std::ofstream(folder / "done") << "a file where the folder should be";
    put("skirt", "a.jpg");
    start();
    ASSERT_TRUE(soon([&] { return !events("watch.unavailable").empty(); }));
    EXPECT_TRUE(listings().empty());
    fs::remove(folder / "done");
    ASSERT_TRUE(soon([&] { return exists("done/a.jpg"); }));
    EXPECT_EQ(listings().size(), 1u);
}

TEST_F(WatchedFolderTest, a_wrong_setting_stops_the_start_in_words) {
    auto refused = [&] { return WatchedFolder::start(settings, *house).error(); };
    settings.watch.afterwards = "burn";
    EXPECT_NE(refused().message.find("move, leave"), std::string::npos);
    settings.watch.afterwards = "move";
    settings.watch.folder = settings.data / "photos";
    EXPECT_EQ(refused().code, "watch.own_data");
    settings.watch.folder = root;
    EXPECT_EQ(refused().code, "watch.own_data");
    settings.watch.folder = folder;
    settings.watch.workspace = "019a7b1c-2f00-7abc-8def-0123456789ab";
    EXPECT_EQ(refused().kind, Kind::not_found);
    settings.watch.folder.clear();
    EXPECT_FALSE(*WatchedFolder::start(settings, *house)) << "nothing is watched";
}

}  // namespace
}  // namespace vitrine::app
