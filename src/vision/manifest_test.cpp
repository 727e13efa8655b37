#include "vision/manifest.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/json.hpp"
#include "store/temporary.hpp"

namespace vitrine::vision {
namespace {

const std::string hash(64, 'a');

Manifest one_model() {
    return {.format = 1,
            .models = {{.name = "lite2",
                        .version = "1",
                        .task = "embedding",
                        .files = {{"lite2.xml", 3, hash}},
                        .source = "PyPI something 1.0",
                        .source_sha256 = hash,
                        .licence = "Apache-2.0",
                        .preprocessing = "rgb-1"}}};
}

std::string text_of(const Manifest& manifest) {
    return json::print(json::write(manifest));
}

TEST(Manifest, What_was_written_is_read_again) {
    store::TemporaryFolder folder;
    ASSERT_TRUE(write_manifest(one_model(), folder.path()));
    const auto read = read_manifest(folder.path());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(text_of(*read), text_of(one_model()));
    ASSERT_TRUE(read->find("lite2"));
    EXPECT_FALSE(read->find("lite3"));
}

TEST(Manifest, A_missing_one_says_to_pull) {
    store::TemporaryFolder folder;
    const auto read = read_manifest(folder.path());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "vision.pack_missing");
    EXPECT_NE(read.error().message.find("vitrine models pull"), std::string::npos);
}

TEST(Manifest, Names_that_lead_out_of_the_folder_are_refused) {
    for (const auto* name : {"../lite2.xml", "/etc/passwd", "a/b.xml", "", ".hidden", ".."}) {
        auto manifest = one_model();
        manifest.models[0].files[0].name = name;
        const auto read = parse_manifest(text_of(manifest));
        ASSERT_FALSE(read) << name;
        EXPECT_EQ(read.error().code, "vision.pack_manifest");
    }
}

TEST(Manifest, A_hash_that_is_none_is_refused) {
    for (const auto& wrong : {std::string(63, 'a'), std::string(64, 'g'), std::string(64, 'A'), std::string()}) {
        auto manifest = one_model();
        manifest.models[0].files[0].sha256 = wrong;
        EXPECT_FALSE(parse_manifest(text_of(manifest))) << wrong;
    }
}

TEST(Manifest, A_model_without_a_file_is_refused) {
    auto manifest = one_model();
    manifest.models[0].files.clear();
    EXPECT_FALSE(parse_manifest(text_of(manifest)));
}

TEST(Manifest, A_later_format_says_to_update) {
    const auto read = parse_manifest(R"({"format": 2, "things": []})");
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message.find("later version"), std::string::npos);
}

TEST(Manifest, Damage_of_any_sort_is_an_error_and_no_crash) {
    for (const auto* text : {"", "{", "[]", "null", R"({"format": 1})", R"({"format": "1", "models": []})",
                             R"({"format": 1, "models": [{}]})", R"({"format": 0, "models": []})"})
        EXPECT_FALSE(parse_manifest(text)) << text;
}

}  // namespace
}  // namespace vitrine::vision
