#include "core/durable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/log.hpp"

namespace vitrine {

int write_all(const Descriptor& file, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file.number(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return 0;
}

void sync_or_die(const Descriptor& file, const std::filesystem::path& path) {
    if (::fsync(file.number()) == 0) return;
    log::error("disk.fsync_failed", {{"path", path.string()}, {"said", std::strerror(errno)}});
    std::abort();
}

int sync_folder(const std::filesystem::path& path) {
    const Descriptor folder(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return errno;
    sync_or_die(folder, path);
    return 0;
}

}  // namespace vitrine
