#include "photo/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/durable.hpp"
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

Descriptor open_file(const fs::path& path, int flags) {
    return Descriptor(::open(path.c_str(), flags | O_CLOEXEC));
}

// A file under a name of its own, gone at the end unless it was moved away before.
struct Temporary {
    explicit Temporary(const fs::path& folder) : path((folder / "XXXXXX").string()), file(::mkostemp(path.data(), O_CLOEXEC)) {}
    ~Temporary() {
        if (file && !moved) ::unlink(path.c_str());
    }
    std::string path;
    Descriptor file;
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
    if (!temporary.file) return disk_error(errno, scratch);
    if (int failed = write_all(temporary.file, bytes)) return disk_error(failed, path);
    sync_or_die(temporary.file, path);
    if (::rename(temporary.path.c_str(), path.c_str()) != 0) return disk_error(errno, path);
    temporary.moved = true;
    if (durable == Durable::yes) TRY(sync_folder(path.parent_path()));
    return {};
}

Result<bool> adopt_file(const fs::path& from, const fs::path& to) {
    {
        const auto file = open_file(from, O_RDONLY);
        if (!file) return disk_error(errno, from);
        if (::fchmod(file.number(), 0600) != 0) return disk_error(errno, from);
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
    const auto file = open_file(path, O_RDONLY | O_NONBLOCK);  // a pipe must not make us wait
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return Error{Kind::not_found, "photo.missing", "There is no such photo file.", path.string()};
    struct stat status {};
    if (!file || ::fstat(file.number(), &status) != 0) return disk_error(errno, path);
    if (!S_ISREG(status.st_mode)) return Error{Kind::invalid, "photo.not_a_file", "This is not a file that holds a photo.", path.string()};
    if (status.st_size > bytes_max) return too_large(status.st_size, bytes_max);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
    std::size_t at = 0;
    while (at < bytes.size()) {
        auto got = ::read(file.number(), bytes.data() + at, bytes.size() - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return disk_error(errno, path);
        if (got == 0) break;  // it was made shorter meanwhile
        at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
    return bytes;
}

Result<void> sync_folder(const fs::path& path) {
    if (int failed = vitrine::sync_folder(path)) return disk_error(failed, path);
    return {};
}

}  // namespace vitrine::photo
