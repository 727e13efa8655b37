#include "http/private_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "core/durable.hpp"
#include "core/id.hpp"

namespace vitrine::http {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t bytes_max = 1 << 20;

Error failed(const fs::path& path, const char* what, int code = errno) {
    return {Kind::unavailable, "tls.folder", fmt::format("{} cannot be {}: {}.", path.string(), what, std::strerror(code)), path.string()};
}

Result<void> write_new(const fs::path& path, std::string_view text, mode_t mode) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file) return failed(path, "written");
    if (int code = write_all(file, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})) return failed(path, "written", code);
    sync_or_die(file, path);
    return {};
}

Result<void> put_in_place(const fs::path& from, const fs::path& to, IfThere if_there) {
    if (if_there == IfThere::replace) {
        if (::rename(from.c_str(), to.c_str()) != 0) return failed(to, "written");
    } else if (::link(from.c_str(), to.c_str()) != 0 && errno != EEXIST) {
        return failed(to, "written");
    }
    if (int code = sync_folder(to.parent_path())) return failed(to.parent_path(), "synced", code);
    return {};
}

}  // namespace

Result<void> write_whole(const fs::path& path, std::string_view text, mode_t mode, IfThere if_there) {
    auto beside = path;
    beside += "." + to_string(make_uuid_v7());
    auto written = write_new(beside, text, mode);
    if (written) written = put_in_place(beside, path, if_there);
    ::unlink(beside.c_str());
    return written;
}

Result<FoundFile> read_whole(const fs::path& path) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENOENT)
        return Error{Kind::not_found, "tls.file_missing", fmt::format("There is no file {}.", path.string()), path.string()};
    struct stat status {};
    if (!file || ::fstat(file.number(), &status) != 0) return failed(path, "read");
    FoundFile found;
    found.others_read = (status.st_mode & S_IROTH) != 0;
    char buffer[8192];
    while (found.text.size() < bytes_max) {
        auto read = ::read(file.number(), buffer, sizeof buffer);
        if (read < 0 && errno == EINTR) continue;
        if (read < 0) return failed(path, "read");
        if (read == 0) break;
        found.text.append(buffer, static_cast<std::size_t>(read));
    }
    return found;
}

}  // namespace vitrine::http
