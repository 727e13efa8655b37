#include "photo/vault.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "photo/photos_for_tests.hpp"

namespace vitrine::photo {
namespace {

using namespace testing;
namespace fs = std::filesystem;

class VaultTest : public ::testing::Test {
protected:
    VaultTest() {
        std::string name = fs::temp_directory_path() / "vitrine_vault_XXXXXX";
        data_ = ::mkdtemp(name.data());
    }
    ~VaultTest() override { fs::remove_all(data_); }

    fs::path written(const std::string& name, const File& bytes) const {
        std::ofstream(data_ / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        return data_ / name;
    }
    static File content(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static unsigned mode(const fs::path& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777u : 0;
    }
    std::size_t files_in(const fs::path& folder) const {
        std::size_t count = 0;
        if (fs::exists(data_ / folder))
            for (const auto& entry : fs::recursive_directory_iterator(data_ / folder)) count += entry.is_regular_file();
        return count;
    }

    fs::path data_;
    WorkspaceId workspace_ = WorkspaceId::make();
    File photo_ = jpeg_with(jpeg(blobs(1, 700, 500)), exif(6));
};

TEST_F(VaultTest, an_original_is_kept_as_it_came_under_its_hash_for_its_owner_alone) {
    Vault vault(data_, {});
    auto kept = vault.keep(workspace_, photo_);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->sha256, sha256(photo_));
    EXPECT_EQ(kept->bytes, photo_.size());
    EXPECT_EQ(kept->header.width, 500);

    auto path = vault.original_path(workspace_, kept->sha256);
    auto name = hex(kept->sha256);
    EXPECT_EQ(path, data_ / "photos" / to_string(workspace_) / name.substr(0, 2) / name);
    EXPECT_EQ(content(path), photo_);
    EXPECT_EQ(vault.original(workspace_, kept->sha256).value(), photo_);
    EXPECT_EQ(mode(path), 0600u);
    EXPECT_EQ(mode(path.parent_path()), 0700u);
    EXPECT_EQ(mode(data_ / "photos"), 0700u);
    EXPECT_EQ(files_in("photos"), 1u);  // and nothing half written beside it
}

TEST_F(VaultTest, keeping_the_same_bytes_again_changes_nothing) {
    Vault vault(data_, {});
    auto path = vault.original_path(workspace_, vault.keep(workspace_, photo_)->sha256);
    auto before = fs::last_write_time(path);
    ASSERT_TRUE(vault.keep(workspace_, photo_));
    EXPECT_EQ(fs::last_write_time(path), before);
    EXPECT_EQ(files_in("photos"), 1u);
}

// Seen to fail: when any file of that name counts as kept.
TEST_F(VaultTest, keeping_again_repairs_a_file_that_lost_its_end) {
    Vault vault(data_, {});
    auto kept = vault.keep(workspace_, photo_).value();
    auto path = vault.original_path(workspace_, kept.sha256);
    fs::resize_file(path, 100);
    EXPECT_EQ(vault.original(workspace_, kept.sha256).error().code, "photo.corrupt");
    ASSERT_TRUE(vault.keep(workspace_, photo_));
    EXPECT_EQ(vault.original(workspace_, kept.sha256).value(), photo_);
}

// Seen to fail, as the one above: when the hash is not asked.
TEST_F(VaultTest, a_changed_byte_is_noticed_when_the_original_is_read) {
    Vault vault(data_, {});
    auto kept = vault.keep(workspace_, photo_).value();
    auto damaged = photo_;
    damaged[damaged.size() / 2] ^= 1;
    std::ofstream(vault.original_path(workspace_, kept.sha256), std::ios::binary)
        .write(reinterpret_cast<const char*>(damaged.data()), static_cast<std::streamsize>(damaged.size()));
    EXPECT_EQ(vault.original(workspace_, kept.sha256).error().kind, Kind::corrupt);
}

TEST_F(VaultTest, another_workspace_does_not_see_it) {
    Vault vault(data_, {});
    auto kept = vault.keep(workspace_, photo_).value();
    EXPECT_EQ(vault.original(WorkspaceId::make(), kept.sha256).error().code, "photo.missing");
}

TEST_F(VaultTest, what_is_not_a_photo_leaves_no_trace) {
    Vault vault(data_, {});
    EXPECT_EQ(vault.keep(workspace_, gif()).error().code, "photo.format");
    EXPECT_EQ(files_in(""), 0u);
}

TEST_F(VaultTest, an_upload_is_moved_and_a_persons_file_is_copied) {
    Vault vault(data_, {});
    auto upload = written("upload.tmp", photo_);
    fs::permissions(upload, fs::perms(0644));
    auto kept = vault.keep_file(workspace_, upload, true);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_FALSE(fs::exists(upload));
    EXPECT_EQ(mode(vault.original_path(workspace_, kept->sha256)), 0600u);

    auto again = written("again.tmp", photo_);
    ASSERT_TRUE(vault.keep_file(workspace_, again, true));
    EXPECT_FALSE(fs::exists(again)) << "a repeat is taken too";

    auto mine = written("holiday.jpg", png(scene()));
    ASSERT_TRUE(vault.keep_file(workspace_, mine, false));
    EXPECT_TRUE(fs::exists(mine));
    EXPECT_EQ(files_in("photos"), 2u);
}

TEST_F(VaultTest, a_refused_upload_stays_where_it_was) {
    Vault vault(data_, {});
    auto upload = written("upload.tmp", gif());
    EXPECT_EQ(vault.keep_file(workspace_, upload, true).error().code, "photo.format");
    EXPECT_TRUE(fs::exists(upload));
    EXPECT_EQ(vault.keep_file(workspace_, data_ / "none.jpg", true).error().code, "photo.missing");
    EXPECT_EQ(vault.keep_file(workspace_, data_, false).error().code, "photo.not_a_file");
    fs::path pipe = data_ / "pipe.jpg";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(vault.keep_file(workspace_, pipe, false).error().code, "photo.not_a_file");
}

// Seen to fail: when the temporary file stays, and when its size limit is no full disk.
TEST_F(VaultTest, when_the_disk_is_full_nothing_half_written_stays) {
    Vault vault(data_, {});
    auto before = std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{}, tight{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = {photo_.size() / 2, old.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);  // a write fails half way, as on a full disk
    auto kept = vault.keep(workspace_, photo_);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    std::signal(SIGXFSZ, before);

    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, "photo.disk_full");
    EXPECT_EQ(files_in(""), 0u);
    EXPECT_TRUE(vault.keep(workspace_, photo_));
}

// Seen to fail: without the sweep, and when it takes what is fresh.
TEST_F(VaultTest, what_a_crash_left_half_written_is_swept_once_it_is_old) {
    fs::create_directories(data_ / "photos" / ".incoming");
    auto old = written("photos/.incoming/aaaaaa", photo_), fresh = written("photos/.incoming/bbbbbb", photo_);
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
    Vault vault(data_, {});
    EXPECT_FALSE(fs::exists(old));
    EXPECT_TRUE(fs::exists(fresh)) << "another process may be writing it";
}

TEST_F(VaultTest, derived_pictures_are_upright_of_their_size_and_tell_nothing) {
    Vault vault(data_, {});
    File file = jpeg_with(jpeg(stored_for(blobs(1, 1000, 1500), 6)), exif(6));
    ASSERT_TRUE(contains(file, secret));
    auto kept = vault.keep(workspace_, file).value();
    const std::tuple<Size, int, int, Format> all[] = {
        {Size::large, 853, 1280, Format::jpeg}, {Size::medium, 341, 512, Format::jpeg}, {Size::thumb, 171, 256, Format::webp}};
    for (auto [size, width, height, format] : all) {
        auto path = vault.derived(workspace_, kept.sha256, size);
        ASSERT_TRUE(path) << path.error().message;
        File derived = content(*path);
        auto header = inspect(derived);
        ASSERT_TRUE(header);
        EXPECT_EQ(header->format, format);
        EXPECT_EQ(header->width, width);
        EXPECT_EQ(header->height, height);
        EXPECT_EQ(header->turn, 1);
        EXPECT_EQ(media_type(size), media_type(format));
        for (std::string_view word :
             {secret, std::string_view("Exif"), std::string_view("EXIF"), std::string_view("GPS"), std::string_view("http://ns.adobe.com")})
            EXPECT_FALSE(contains(derived, word)) << word;
        EXPECT_EQ(mode(*path), 0600u);
    }
    EXPECT_EQ(vault.original(workspace_, kept.sha256).value(), file) << "the original is untouched";
}

TEST_F(VaultTest, derived_pictures_are_made_once_and_again_when_they_are_gone) {
    Vault vault(data_, {});
    auto kept = vault.keep(workspace_, photo_).value();
    ASSERT_TRUE(vault.derive(workspace_, kept.sha256, decode(photo_).value()));
    EXPECT_EQ(files_in("derived"), 3u);
    auto path = vault.derived(workspace_, kept.sha256, Size::medium).value();
    auto before = fs::last_write_time(path);
    EXPECT_EQ(fs::last_write_time(vault.derived(workspace_, kept.sha256, Size::medium).value()), before);

    fs::resize_file(path, 0);  // what a power cut may leave of a file that was not synced
    EXPECT_GT(fs::file_size(vault.derived(workspace_, kept.sha256, Size::medium).value()), 0u);
    fs::remove_all(data_ / "derived");
    EXPECT_TRUE(fs::exists(vault.derived(workspace_, kept.sha256, Size::thumb).value()));
}

TEST_F(VaultTest, removing_takes_the_derived_too_and_can_be_repeated) {
    Vault vault(data_, {});
    auto kept = vault.keep(workspace_, photo_).value();
    ASSERT_TRUE(vault.derived(workspace_, kept.sha256, Size::thumb));
    ASSERT_TRUE(vault.remove(workspace_, kept.sha256));
    EXPECT_EQ(files_in(""), 0u);
    EXPECT_TRUE(vault.remove(workspace_, kept.sha256));
    EXPECT_EQ(vault.derived(workspace_, kept.sha256, Size::thumb).error().code, "photo.missing");
}

}  // namespace
}  // namespace vitrine::photo
