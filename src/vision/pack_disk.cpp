#include "vision/pack_disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/durable.hpp"

namespace vitrine::vision {
namespace {

// OpenSSL's SHA-256 uses the processor's own instructions where it has them.
class Sha256 {
public:
    Sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    void add(const void* bytes, std::size_t count) { EVP_DigestUpdate(context_.get(), bytes, count); }
    std::string hex() {
        std::array<unsigned char, 32> hash{};
        EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr);
        return fmt::format("{:02x}", fmt::join(hash, ""));
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

}  // namespace

Error disk_error(const std::string& doing, const std::filesystem::path& path, int number) {
    if (number == ENOSPC || number == EDQUOT)
        return Error{Kind::unavailable, "vision.pack_disk",
                     fmt::format("The disk is full: {} stopped. Free some space and run `vitrine models pull` again.", doing),
                     path.string()};
    return Error{Kind::unavailable, "vision.pack_disk", fmt::format("{} failed: {}.", doing, std::strerror(number)), path.string()};
}

Result<std::string> sha256_of(const std::filesystem::path& path) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return disk_error("Reading a file of the model pack", path, errno);
    Sha256 hash;
    std::vector<unsigned char> buffer(1 << 20);
    while (true) {
        auto count = ::read(file.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return disk_error("Reading a file of the model pack", path, errno);
        if (count == 0) return hash.hex();
        hash.add(buffer.data(), static_cast<std::size_t>(count));
    }
}

std::string sha256_of_bytes(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes.data(), bytes.size());
    return hash.hex();
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
    auto beside = path;
    beside += ".new";
    {
        Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!file) return disk_error("Writing the model pack", path, errno);
        if (int failed = write_all(file, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()})) {
            ::unlink(beside.c_str());
            return disk_error("Writing the model pack", path, failed);
        }
        if (::fsync(file.number()) != 0) return disk_error("Writing the model pack", path, errno);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) return disk_error("Writing the model pack", path, errno);
    return {};
}

Result<std::vector<std::uint8_t>> read_whole_file(const std::filesystem::path& path) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (!file || ::fstat(file.number(), &about) != 0) return disk_error("Reading a file of the model pack", path, errno);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(about.st_size));
    for (std::size_t done = 0; done < bytes.size();) {
        auto count = ::read(file.number(), bytes.data() + done, bytes.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return disk_error("Reading a file of the model pack", path, count < 0 ? errno : EIO);
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

Result<void> link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    std::error_code error;
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, error);
    if (error) return disk_error("Copying into the model pack", to, error.value());
    return {};
}

Result<void> replace_folder(const std::filesystem::path& made, const std::filesystem::path& place) {
    std::error_code ignored;
    if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
        std::filesystem::remove_all(made, ignored);
    } else {  // nothing is there yet, or the file system cannot swap
        auto old = place;
        old += ".old";
        std::filesystem::remove_all(old, ignored);
        if (::rename(place.c_str(), old.c_str()) != 0 && errno != ENOENT) return disk_error("Replacing the model pack", place, errno);
        if (::rename(made.c_str(), place.c_str()) != 0) {
            auto number = errno;
            ::rename(old.c_str(), place.c_str());
            return disk_error("Replacing the model pack", place, number);
        }
        std::filesystem::remove_all(old, ignored);
    }
    Descriptor parent(::open(place.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent) ::fsync(parent.number());
    return {};
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder.parent_path(), error);
    if (error) return disk_error("Making the model pack's folder", folder.parent_path(), error.value());
    auto path = folder;
    path += ".lock";
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file) return disk_error("Locking the model pack", path, errno);
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0)
        return Error{Kind::conflict, "vision.pack_busy", "Another `vitrine models` command is changing the model pack; wait for it to end.",
                     folder.string()};
    return FolderLock(std::move(file));
}

Result<void> require_space(const std::filesystem::path& folder, std::int64_t bytes) {
    std::error_code error;
    auto space = std::filesystem::space(folder, error);
    if (error || static_cast<std::int64_t>(space.available) >= bytes) return {};
    return Error{
        Kind::unavailable, "vision.pack_disk",
        fmt::format(
            "{} MB are free and the model pack needs {} MB while it is built. Free some space, or set VITRINE_MODELS to another disk.",
            space.available / 1'000'000, bytes / 1'000'000),
        folder.string()};
}

}  // namespace vitrine::vision
