#pragma once
// Small files that must be whole or not there, some of them secret: written beside, synced, then put in place.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace vitrine::http {

enum class IfThere { keep, replace };

// keep: a file that is already there, or comes meanwhile from another process, stays; that is no error.
// Errors: tls.folder.
Result<void> write_whole(const std::filesystem::path&, std::string_view text, mode_t mode, IfThere);

struct FoundFile {
    std::string text;
    bool others_read = false;  // users who are neither the owner nor of the group
};
// Files of a few KiB. Errors: not_found tls.file_missing; tls.folder.
Result<FoundFile> read_whole(const std::filesystem::path&);

}  // namespace vitrine::http
