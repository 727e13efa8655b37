#pragma once
// Photo files on this machine, as `vitrine add` and the watched folder take them: a file is one item, a folder with the
// files directly in it is one item.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "listing/listings.hpp"

namespace vitrine::app {

// Names that are never taken out of a folder: hidden ones, those that programs give to what is not finished (".part",
// ".tmp"), and what file managers leave everywhere ("Thumbs.db").
bool is_left_alone(std::string_view name);

enum class Links { followed, left_alone };

// The files directly in a folder, by name; `photos_in` without what is left alone. A folder that cannot be read has none.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, Links);
std::vector<std::filesystem::path> photos_in(const std::filesystem::path& folder, Links);

// Files as they are, folders as the files in them. Errors: add.no_file.
Result<std::vector<std::filesystem::path>> photo_files(const std::vector<std::string>& paths);

// What Listings::create takes; the files stay where they are.
std::vector<listing::Incoming> incoming(const std::vector<std::filesystem::path>& photos);

// A name on the disk is bytes; rows, JSON and logs hold UTF-8. Every byte that fits nowhere becomes '?'.
std::string shown_name(const std::filesystem::path&);

}  // namespace vitrine::app
