#pragma once
// Files that are there, whole, after a power cut: or not there at all.

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/result.hpp"

namespace vitrine::photo {

// Errors of all: photo.disk_full, photo.disk (with the path). A failed fsync ends the process (core/durable.hpp).

enum class Durable { no, yes };  // of a name: whether it is certainly there after a power cut

// Makes the folder and those above it, 0700; with Durable::yes, each new one is known to its parent on the disk.
Result<void> make_folders(const std::filesystem::path&, Durable);

// The whole file appears under its name at once, 0600, in place of what was there. Its folder must exist. It is first
// written in `scratch`, a folder on the same file system; nothing stays there, whatever fails.
Result<void> write_file(const std::filesystem::path&, std::span<const std::uint8_t>, const std::filesystem::path& scratch, Durable);

// Makes a finished file durable and moves it to `to` (0600). False when that lies on another file system, and then it
// is still where it was.
Result<bool> adopt_file(const std::filesystem::path& from, const std::filesystem::path& to);

// A regular file's bytes. Errors also: photo.missing, photo.not_a_file, photo.too_large (above `bytes_max`, unread).
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path&, std::int64_t bytes_max);

// The folder's entries as they are now are on the disk.
Result<void> sync_folder(const std::filesystem::path&);

}  // namespace vitrine::photo
