#include "photo/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/log.hpp"
#include "photo/headers.hpp"

namespace vitrine::photo {
namespace {

namespace fs = std::filesystem;

Error disk_error(int code, const fs::path& path) {
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        return {Kind::unavailable, "photo.disk_full", "There is no room left for photos; free some space on the disk and try again.",
                path.string()};
    return {Kind::unavailable, "photo.disk", fmt::format("The disk refused: {}.", std::strerror(code)), path.string()};
}

class File {
public:
    File(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    bool is_open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

void sync_or_die(const File& file, const fs::path& path) {
    if (::fsync(file.descriptor()) == 0) return;
    log::error("photo.fsync_failed", {{"path", path.string()}, {"said", std::strerror(errno)}});
    std::abort();
}

// 0, or the errno of what failed.
int write_all(const File& file, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        auto written = ::write(file.descriptor(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return 0;
}

// A file under a name of its own, gone at the end unless it was moved away before.
struct Temporary {
    explicit Temporary(const fs::path& folder) : path((folder / "XXXXXX").string()), file(::mkostemp(path.data(), O_CLOEXEC)) {}
    ~Temporary() {
        if (file.is_open() && !moved) ::unlink(path.c_str());
    }
    std::string path;
    File file;
    bool moved = false;
};

}  // namespace

Result<void> make_folders(const fs::path& path, Durable durable) {
    if (path.empty() || path == path.root_path() || ::access(path.c_str(), F_OK) == 0) return {};
    TRY(make_folders(path.parent_path(), durable));
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return disk_error(errno, path);
    // Also when another thread made it just now: it may not have come to this line yet.
    if (durable == Durable::yes && path.has_parent_path()) TRY(sync_folder(path.parent_path()));
    return {};
}

Result<void> write_file(const fs::path& path, std::span<const std::uint8_t> bytes, const fs::path& scratch, Durable durable) {
    Temporary temporary(scratch);
    if (!temporary.file.is_open()) return disk_error(errno, scratch);
    if (int failed = write_all(temporary.file, bytes)) return disk_error(failed, path);
    sync_or_die(temporary.file, path);
    if (::rename(temporary.path.c_str(), path.c_str()) != 0) return disk_error(errno, path);
    temporary.moved = true;
    if (durable == Durable::yes) TRY(sync_folder(path.parent_path()));
    return {};
}

Result<bool> adopt_file(const fs::path& from, const fs::path& to) {
    {
        File file(from, O_RDONLY);
        if (!file.is_open()) return disk_error(errno, from);
        if (::fchmod(file.descriptor(), 0600) != 0) return disk_error(errno, from);
        sync_or_die(file, from);
    }
    if (::rename(from.c_str(), to.c_str()) != 0) {
        if (errno == EXDEV) return false;
        return disk_error(errno, to);
    }
    TRY(sync_folder(to.parent_path()));
    return true;
}

Result<std::vector<std::uint8_t>> read_file(const fs::path& path, std::int64_t bytes_max) {
    File file(path, O_RDONLY | O_NONBLOCK);  // a pipe must not make us wait
    if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR))
        return Error{Kind::not_found, "photo.missing", "There is no such photo file.", path.string()};
    struct stat status {};
    if (!file.is_open() || ::fstat(file.descriptor(), &status) != 0) return disk_error(errno, path);
    if (!S_ISREG(status.st_mode)) return Error{Kind::invalid, "photo.not_a_file", "This is not a file that holds a photo.", path.string()};
    if (status.st_size > bytes_max) return too_large(status.st_size, bytes_max);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
    std::size_t at = 0;
    while (at < bytes.size()) {
        auto got = ::read(file.descriptor(), bytes.data() + at, bytes.size() - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return disk_error(errno, path);
        if (got == 0) break;  // it was made shorter meanwhile
        at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
    return bytes;
}

Result<void> sync_folder(const fs::path& path) {
    File folder(path, O_RDONLY | O_DIRECTORY);
    if (!folder.is_open()) return disk_error(errno, path);
    sync_or_die(folder, path);
    return {};
}

}  // namespace vitrine::photo
