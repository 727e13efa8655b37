#include "vision/manifest.hpp"

#include <fstream>

#include "core/json.hpp"
#include "vision/pack_disk.hpp"

namespace vitrine::vision {
namespace {

constexpr std::int64_t bytes_max = 1'000'000;

Error damaged(const std::string& why, const std::string& path = {}) {
    return Error{Kind::corrupt, "vision.pack_manifest",
                 fmt::format("The model pack's manifest is damaged ({}). Run `vitrine models pull`.", why), path};
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= 100 && name.front() != '.' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

const ManifestModel* Manifest::find(std::string_view name) const {
    auto found = std::ranges::find(models, name, &ManifestModel::name);
    return found == models.end() ? nullptr : &*found;
}

Result<Manifest> parse_manifest(std::string_view text) {
    auto tree = json::parse(text);
    if (!tree) return damaged(tree.error().message);
    // A later format may have fields that are not known here, so it is asked for first.
    if (const auto* object = tree->if_object())
        if (const auto* format = object->if_contains("format"); format && format->is_int64() && format->get_int64() > 1)
            return Error{
                Kind::corrupt, "vision.pack_manifest",
                "The model pack was written by a later version of this program. Update, or run `vitrine models pull` to replace it."};
    auto manifest = json::read<Manifest>(*tree);
    if (!manifest) return damaged(manifest.error().message, manifest.error().path);
    if (manifest->format != 1) return damaged("its format is not 1");
    for (const auto& model : manifest->models) {
        if (!is_plain_name(model.name) || model.files.empty()) return damaged("a model has no name or no file");
        for (const auto& file : model.files)
            if (!is_plain_name(file.name) || !is_sha256(file.sha256) || file.bytes < 0)
                return damaged(fmt::format("a file of {} has no usable name, size or hash", model.name));
    }
    return manifest;
}

Result<Manifest> read_manifest(const std::filesystem::path& folder) {
    const auto path = folder / "manifest.json";
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    if (error)
        return Error{Kind::unavailable, "vision.pack_missing", "There is no model pack yet. Run `vitrine models pull`.", folder.string()};
    if (static_cast<std::int64_t>(bytes) > bytes_max) return damaged("it is too large", path.string());
    std::ifstream file(path, std::ios::binary);
    std::string text(bytes, '\0');
    if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) return damaged("it cannot be read", path.string());
    return parse_manifest(text);
}

Result<void> write_manifest(const Manifest& manifest, const std::filesystem::path& folder) {
    return write_file(folder / "manifest.json", json::print_pretty(json::write(manifest)));
}

}  // namespace vitrine::vision
