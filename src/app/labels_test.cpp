#include "app/labels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/temporary.hpp"

namespace vitrine::app {
namespace {

class LabelsTest : public ::testing::Test {
protected:
    void write(std::string_view name, std::string_view text) { std::ofstream(folder_ / name) << text; }
    store::TemporaryFolder folder_;
};

TEST_F(LabelsTest, AFolderThatIsNotThereAddsNothing) {
    auto labels = open_labels(folder_ / "labels");
    ASSERT_TRUE(labels);
    EXPECT_FALSE(labels->catalog->brand("Atelier Nove Lune"));
    EXPECT_EQ(labels->version, open_labels(folder_.path())->version);
}

TEST_F(LabelsTest, AnOwnBrandIsKnownBesideTheOthers) {
    auto before = open_labels(folder_.path())->version;
    write("brands.tsv", "# of my town\nAtelier Nove Lune\tclothing\t\tNove Lune\n");
    auto labels = open_labels(folder_.path());
    ASSERT_TRUE(labels) << labels.error().message;
    ASSERT_TRUE(labels->catalog->brand("nove lune"));
    EXPECT_EQ(labels->catalog->brand("nove lune")->name, "Atelier Nove Lune");
    EXPECT_TRUE(labels->catalog->brand("levis"));
    EXPECT_NE(labels->version, before);
}

TEST_F(LabelsTest, AWrongLineIsNamedByItsPlaceInTheOwnFile) {
    write("brands.tsv", "Atelier Nove Lune\tclothing\t\tNove Lune\nSome Name\tclothing\tperhaps\n");
    auto labels = open_labels(folder_.path());
    ASSERT_FALSE(labels);
    EXPECT_EQ(labels.error().code, "labels.wrong");
    EXPECT_EQ(labels.error().path, (folder_ / "brands.tsv").string() + ":2");
}

TEST_F(LabelsTest, AFileThatIsNoTableIsSaidWithThoseThatAre) {
    write("brand.tsv", "");
    auto labels = open_labels(folder_.path());
    ASSERT_FALSE(labels);
    EXPECT_EQ(labels.error().code, "labels.unknown");
    EXPECT_THAT(labels.error().message, ::testing::HasSubstr("brands.tsv"));
}

}  // namespace
}  // namespace vitrine::app
