#pragma once
// What it takes for bytes to be on the disk, said once. What can fail answers 0 or the errno: each room has words of its own.

#include <cstdint>
#include <filesystem>
#include <span>

#include "core/descriptor.hpp"

namespace vitrine {

// All of the bytes, in as many writes as that takes.
int write_all(const Descriptor&, std::span<const std::uint8_t>);

// What was written is on the disk after this. A failed fsync ends the process: what the kernel dropped then is nowhere any more,
// and a second fsync would call it written.
void sync_or_die(const Descriptor&, const std::filesystem::path&);

// The folder's entries as they are now are on the disk, or the process ends; the errno is of a folder that cannot be opened.
int sync_folder(const std::filesystem::path&);

}  // namespace vitrine
