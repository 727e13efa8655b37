#include "vector/disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/durable.hpp"

namespace vitrine::vector {

Error disk_error(int code, const std::filesystem::path& path) {
    if (code == ENOENT || code == ENOTDIR) return {Kind::not_found, "vector.missing", "There is no such snapshot.", path.string()};
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        return {Kind::unavailable, "vector.disk_full", "There is no room left for the index; free some space on the disk and try again.",
                path.string()};
    return {Kind::unavailable, "vector.disk", fmt::format("The disk refused: {}.", std::strerror(code)), path.string()};
}

Result<NewFile> NewFile::in(const std::filesystem::path& path) {
    std::string temporary = path.string() + ".XXXXXX";
    Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file) return disk_error(errno, path);
    return NewFile(path, std::move(temporary), std::move(file));
}

NewFile::~NewFile() {
    if (file_) ::unlink(temporary_.c_str());
}

Result<void> NewFile::write(std::span<const std::uint8_t> bytes) {
    TRY(write_at(size_, bytes));
    size_ += bytes.size();
    return {};
}

Result<void> NewFile::write_at(std::size_t offset, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(file_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return disk_error(errno, path_);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::size_t>(written);
    }
    return {};
}

Result<void> NewFile::finish() {
    sync_or_die(file_, path_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return disk_error(errno, path_);
    file_.close();
    if (int failed = sync_folder(path_.parent_path())) return disk_error(failed, path_.parent_path());
    return {};
}

}  // namespace vitrine::vector
