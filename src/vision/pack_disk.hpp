#pragma once
// Files of the pack: written whole or not at all, and hashed.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.hpp"
#include "core/result.hpp"

namespace vitrine::vision {

// Lower-case hex. Errors: vision.pack_disk.
Result<std::string> sha256_of(const std::filesystem::path& file);
std::string sha256_of_bytes(std::string_view bytes);

// Written beside, fsynced, renamed over. Errors: vision.pack_disk, which says so when the disk is full.
Result<void> write_file(const std::filesystem::path&, std::string_view bytes);
Result<std::vector<std::uint8_t>> read_whole_file(const std::filesystem::path&);
// A second name for the same bytes where the file system can, else a copy.
Result<void> link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to);

// Puts `made` where `place` is, in one step where the file system can swap two names; what was there before is removed.
Result<void> replace_folder(const std::filesystem::path& made, const std::filesystem::path& place);

// Held by one process at a time, through a file beside the folder. Errors: vision.pack_busy, vision.pack_disk.
class FolderLock {
public:
    static Result<FolderLock> take(const std::filesystem::path& folder);

private:
    explicit FolderLock(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;  // the lock ends with it
};

// Errors: vision.pack_disk, naming what is free and what is needed.
Result<void> require_space(const std::filesystem::path& folder, std::int64_t bytes);

Error disk_error(const std::string& doing, const std::filesystem::path&, int number);

}  // namespace vitrine::vision
