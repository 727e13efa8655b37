#include "app/photo_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/utf8.hpp"

namespace vitrine::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished_endings[] = {".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", "~"};
constexpr std::string_view leftovers[] = {"thumbs.db", "desktop.ini"};

}  // namespace

bool is_left_alone(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.starts_with('.') || std::ranges::find(leftovers, lower) != std::end(leftovers) ||
           std::ranges::any_of(unfinished_endings, [&](std::string_view ending) { return lower.ends_with(ending); });
}

std::vector<fs::path> files_in(const fs::path& folder, Links links) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code gone;
        auto status = links == Links::followed ? entry->status(gone) : entry->symlink_status(gone);
        if (fs::is_regular_file(status)) files.push_back(entry->path());
    }
    std::ranges::sort(files);
    return files;
}

std::vector<fs::path> photos_in(const fs::path& folder, Links links) {
    auto files = files_in(folder, links);
    std::erase_if(files, [](const fs::path& file) { return is_left_alone(file.filename().native()); });
    return files;
}

Result<std::vector<fs::path>> photo_files(const std::vector<std::string>& paths) {
    std::vector<fs::path> files;
    for (const auto& path : paths) {
        std::error_code error;
        if (fs::is_directory(path, error)) {
            auto inside = photos_in(path, Links::followed);
            if (inside.empty()) return Error{Kind::not_found, "add.no_file", fmt::format("There is no file in {}.", path), path};
            files.insert(files.end(), inside.begin(), inside.end());
        } else if (fs::exists(path, error)) {
            files.emplace_back(path);
        } else {
            return Error{Kind::not_found, "add.no_file", fmt::format("There is no file {}.", path), path};
        }
    }
    return files;
}

std::vector<listing::Incoming> incoming(const std::vector<fs::path>& photos) {
    std::vector<listing::Incoming> files;
    for (const auto& photo : photos) files.push_back({photo, shown_name(photo.filename()), false});
    return files;
}

std::string shown_name(const fs::path& path) {
    auto name = path.native();
    if (!utf8::length(name))
        std::ranges::replace_if(
            name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return name;
}

}  // namespace vitrine::app
