// A photo is acknowledged only when file and folder are on the disk. fsync and rename of this program pass through here,
// so that their order can be seen, and a disk can be made to fail.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "photo/photos_for_tests.hpp"
#include "photo/vault.hpp"

namespace {

struct Seen {
    std::string what;  // "sync" or "rename"
    std::filesystem::path path;
};
std::mutex mutex;
std::vector<Seen>* watching = nullptr;
bool syncs_fail = false;

void note(std::string what, std::filesystem::path path) {
    std::scoped_lock lock(mutex);
    if (watching) watching->push_back({std::move(what), std::move(path)});
}

}  // namespace

// Found before the C library's own, because this is the program.
extern "C" int fsync(int descriptor) {
    if (syncs_fail) {
        errno = EIO;
        return -1;
    }
    std::error_code none;
    note("sync", std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), none));
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
extern "C" int rename(const char* from, const char* to) noexcept {
    note("rename", to);
    return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

namespace vitrine::photo {
namespace {

using namespace testing;
namespace fs = std::filesystem;

class VaultDurability : public ::testing::Test {
protected:
    VaultDurability() {
        std::string name = fs::temp_directory_path() / "vitrine_durable_XXXXXX";
        data_ = fs::canonical(::mkdtemp(name.data()));
    }
    ~VaultDurability() override {
        watch(nullptr);
        fs::remove_all(data_);
    }
    static void watch(std::vector<Seen>* seen) {
        std::scoped_lock lock(mutex);
        watching = seen;
    }
    fs::path upload() const {
        auto path = data_ / "upload.tmp";
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(photo_.data()), static_cast<std::streamsize>(photo_.size()));
        return path;
    }

    // Where the first of these stands among what was seen, from `from` on.
    static std::size_t find(const std::vector<Seen>& seen, std::string_view what, const fs::path& path, std::size_t from = 0) {
        for (auto i = from; i < seen.size(); ++i)
            if (seen[i].what == what && seen[i].path == path) return i;
        return seen.size();
    }
    // The file under whatever name, then its new name, then the folder that holds the name, and every folder that was
    // made for it: the order that a power cut at any moment cannot turn into a name with nothing behind it.
    void expect_durable(const std::vector<Seen>& seen, const fs::path& kept) const {
        auto renamed = find(seen, "rename", kept);
        ASSERT_LT(renamed, seen.size()) << "it gets its name by a rename";
        std::size_t file_synced = 0;
        for (std::size_t i = 0; i < renamed; ++i)
            file_synced += seen[i].what == "sync" &&
                           (seen[i].path.parent_path() == data_ / "photos" / ".incoming" || seen[i].path == data_ / "upload.tmp");
        EXPECT_EQ(file_synced, 1u) << "its bytes are on the disk before its name is";
        EXPECT_LT(find(seen, "sync", kept.parent_path(), renamed), seen.size()) << "its name is on the disk before keep returns";
        for (auto folder = kept.parent_path().parent_path(); folder != data_.parent_path(); folder = folder.parent_path())
            EXPECT_LT(find(seen, "sync", folder), seen.size()) << folder << " holds a folder that was made for it";
    }

    fs::path data_;
    WorkspaceId workspace_ = WorkspaceId::make();
    File photo_ = jpeg(blobs(1, 700, 500));
};

// Seen to fail: without the file's fsync, without the folder's, with the rename before the fsync, and with folders that
// are made and not synced.
TEST_F(VaultDurability, what_is_kept_is_synced_before_its_name_and_its_name_before_the_answer) {
    Vault vault(data_, {});
    std::vector<Seen> seen;
    watch(&seen);
    auto kept = vault.keep(workspace_, photo_);
    watch(nullptr);
    ASSERT_TRUE(kept) << kept.error().message;
    expect_durable(seen, vault.original_path(workspace_, kept->sha256));
}

// Seen to fail: without the upload's fsync.
TEST_F(VaultDurability, an_upload_that_is_moved_into_place_is_synced_first_too) {
    Vault vault(data_, {});
    auto path = upload();
    std::vector<Seen> seen;
    watch(&seen);
    auto kept = vault.keep_file(workspace_, path, true);
    watch(nullptr);
    ASSERT_TRUE(kept) << kept.error().message;
    expect_durable(seen, vault.original_path(workspace_, kept->sha256));
}

// Seen to fail: when only who makes a folder syncs the one above.
TEST_F(VaultDurability, a_folder_that_another_made_and_did_not_sync_is_synced) {
    Vault vault(data_, {});
    auto path = vault.original_path(workspace_, sha256(photo_));
    fs::create_directories(path.parent_path());
    std::vector<Seen> seen;
    watch(&seen);
    ASSERT_TRUE(vault.keep(workspace_, photo_));
    watch(nullptr);
    expect_durable(seen, path);
}

// Seen to fail: when a repeat answers without asking the disk.
TEST_F(VaultDurability, a_repeat_answers_only_when_the_name_is_on_the_disk) {
    Vault vault(data_, {});
    auto path = vault.original_path(workspace_, vault.keep(workspace_, photo_)->sha256);
    std::vector<Seen> seen;
    watch(&seen);
    ASSERT_TRUE(vault.keep(workspace_, photo_));
    watch(nullptr);
    EXPECT_LT(find(seen, "sync", path.parent_path()), seen.size());
}

// Seen to fail: when only originals are synced.
TEST_F(VaultDurability, a_derived_picture_is_on_the_disk_before_its_name_is) {
    Vault vault(data_, {});
    auto kept = vault.keep(workspace_, photo_);
    std::vector<Seen> seen;
    watch(&seen);
    auto thumb = vault.derived(workspace_, kept->sha256, Size::thumb);
    watch(nullptr);
    ASSERT_TRUE(thumb);
    auto renamed = find(seen, "rename", *thumb);
    ASSERT_LT(renamed, seen.size());
    ASSERT_GT(renamed, 0u);
    EXPECT_EQ(seen[renamed - 1].what, "sync");
    EXPECT_EQ(seen[renamed - 1].path.parent_path(), data_ / "photos" / ".incoming");
}

// Seen to fail: when a failed fsync is passed over.
TEST_F(VaultDurability, a_failed_fsync_stops_the_process) {
    EXPECT_DEATH(
        {
            syncs_fail = true;
            (void)Vault(data_, {}).keep(workspace_, photo_);
            _exit(0);
        },
        "disk.fsync_failed");
}

}  // namespace
}  // namespace vitrine::photo
