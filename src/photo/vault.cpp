#include "photo/vault.hpp"

#include <fmt/format.h>

#include <limits>

#include "core/log.hpp"
#include "photo/encode.hpp"
#include "photo/files.hpp"
#include "photo/reduce.hpp"

namespace vitrine::photo {
namespace {

namespace fs = std::filesystem;

// One row a derived picture.
struct Recipe {
    Size size;
    int side;
    std::string_view suffix;
    std::string_view media_type;
    Result<std::vector<std::uint8_t>> (*encode)(const Picture&, int quality);
    int quality;
};
constexpr Recipe recipes[] = {
    {Size::large, 1280, "1280.jpg", "image/jpeg", encode_jpeg, 84},
    {Size::medium, 512, "512.jpg", "image/jpeg", encode_jpeg, 82},
    {Size::thumb, 256, "256.webp", "image/webp", encode_webp, 75},
};
static_assert(recipes[static_cast<std::size_t>(Size::large)].size == Size::large &&
              recipes[static_cast<std::size_t>(Size::medium)].size == Size::medium &&
              recipes[static_cast<std::size_t>(Size::thumb)].size == Size::thumb);
const Recipe& recipe_of(Size size) {
    return recipes[static_cast<std::size_t>(size)];
}

fs::path folder_of(const fs::path& root, const WorkspaceId& workspace, const std::string& name) {
    return root / to_string(workspace) / name.substr(0, 2);
}

// Whether the same bytes were kept before. Their length is asked, not their hash: reading every repeat again would make
// a repeat as dear as a new photo, and original() checks the hash when it matters.
bool holds(const fs::path& path, std::size_t bytes) {
    std::error_code none;
    return fs::is_regular_file(path, none) && fs::file_size(path, none) == bytes;
}

// Names with nothing behind them are from a time when derived pictures were not synced before they got their name.
bool is_made(const fs::path& path) {
    std::error_code none;
    auto bytes = fs::file_size(path, none);
    return !none && bytes > 0;
}

// What was being written when the process died. An hour old, it is nobody's any more.
void sweep(const fs::path& scratch) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(scratch, none)) {
        auto written = entry.last_write_time(none);
        if (!none && fs::file_time_type::clock::now() - written > std::chrono::hours(1)) fs::remove(entry.path(), none);
    }
}

}  // namespace

std::string_view media_type(Size size) {
    return recipe_of(size).media_type;
}

Vault::Vault(fs::path data, Limits limits, Decode decode) : data_(std::move(data)), limits_(limits), decode_(std::move(decode)) {
    if (!decode_) decode_ = [limits](std::span<const std::uint8_t> file) { return photo::decode(file, limits); };
    sweep(scratch());
}

Result<Kept> Vault::keep(const WorkspaceId& workspace, std::span<const std::uint8_t> file) {
    return keep_bytes(workspace, file, nullptr);
}

Result<Kept> Vault::keep_file(const WorkspaceId& workspace, const fs::path& path, bool move) {
    auto bytes = TRY(read_file(path, limits_.bytes_max));
    return keep_bytes(workspace, bytes, move ? &path : nullptr);
}

Result<Kept> Vault::keep_bytes(const WorkspaceId& workspace, std::span<const std::uint8_t> file, const fs::path* movable) {
    Kept kept;
    kept.header = TRY(inspect(file, limits_));
    kept.sha256 = sha256(file);
    kept.bytes = file.size();

    auto path = original_path(workspace, kept.sha256);
    TRY(make_lasting_folder(path.parent_path()));
    if (holds(path, file.size())) {
        // Another thread may have renamed it a moment ago and not have synced the folder yet.
        TRY(sync_folder(path.parent_path()));
    } else if (!movable || !TRY(adopt_file(*movable, path))) {
        TRY(make_folders(scratch(), Durable::no));
        TRY(write_file(path, file, scratch(), Durable::yes));
    }
    if (movable) {
        std::error_code none;
        fs::remove(*movable, none);
    }
    return kept;
}

// That a folder is there does not say that it stays: another thread may have made it a moment ago, or a process that
// died, and neither have synced the folder above. So this process syncs each once, whoever made it.
Result<void> Vault::make_lasting_folder(const fs::path& folder) {
    TRY(make_folders(folder, Durable::no));
    if (lasting_folders_.with([&](const auto& folders) { return folders.contains(folder); })) return {};
    for (auto made = folder;; made = made.parent_path()) {
        TRY(sync_folder(made.parent_path()));
        if (made == data_ / "photos") break;
    }
    lasting_folders_.with([&](auto& folders) { folders.insert(folder); });
    return {};
}

Result<std::vector<std::uint8_t>> Vault::original(const WorkspaceId& workspace, const Sha256& name) const {
    auto path = original_path(workspace, name);
    auto bytes = TRY(read_file(path, std::numeric_limits<std::int64_t>::max()));
    if (sha256(bytes) == name) return bytes;
    log::error("photo.corrupt", {{"path", path.string()}});
    return Error{Kind::corrupt, "photo.corrupt", "The stored photo has changed on the disk; send it again, and check the disk.",
                 path.string()};
}

fs::path Vault::original_path(const WorkspaceId& workspace, const Sha256& name) const {
    auto text = hex(name);
    return folder_of(data_ / "photos", workspace, text) / text;
}

fs::path Vault::derived_path(const WorkspaceId& workspace, const Sha256& name, Size size) const {
    auto text = hex(name);
    return folder_of(data_ / "derived", workspace, text) / fmt::format("{}.{}", text, recipe_of(size).suffix);
}

fs::path Vault::scratch() const {
    return data_ / "photos" / ".incoming";
}

Result<fs::path> Vault::derived(const WorkspaceId& workspace, const Sha256& name, Size size) {
    auto path = derived_path(workspace, name, size);
    if (!is_made(path)) TRY(derive(workspace, name, TRY(decode_(TRY(original(workspace, name))))));
    return path;
}

// Their names are not durable: what a power cut takes is made again. What it leaves is whole.
Result<void> Vault::derive(const WorkspaceId& workspace, const Sha256& name, const Decoded& decoded) {
    for (const Recipe& recipe : recipes) {
        auto path = derived_path(workspace, name, recipe.size);
        if (is_made(path)) continue;
        auto extent = fit(decoded.working.width, decoded.working.height, recipe.side);
        auto bytes = TRY(recipe.encode(reduced(decoded.working, extent.width, extent.height), recipe.quality));
        TRY(make_folders(path.parent_path(), Durable::no));
        TRY(make_folders(scratch(), Durable::no));
        TRY(write_file(path, bytes, scratch(), Durable::no));
    }
    return {};
}

Result<void> Vault::remove(const WorkspaceId& workspace, const Sha256& name) {
    std::error_code failed;
    for (const Recipe& recipe : recipes) fs::remove(derived_path(workspace, name, recipe.size), failed);
    auto path = original_path(workspace, name);
    if (fs::remove(path, failed)) return sync_folder(path.parent_path());
    if (!failed) return {};
    return Error{Kind::unavailable, "photo.disk", fmt::format("The photo could not be deleted: {}.", failed.message()), path.string()};
}

}  // namespace vitrine::photo
