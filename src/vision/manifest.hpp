#pragma once
// What is in a model pack: DIR/manifest.json, one entry a model.

#include <boost/describe.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace vitrine::vision {

struct ManifestFile {
    std::string name;  // beside the manifest: "lite2.xml"
    std::int64_t bytes = 0;
    std::string sha256;
};
BOOST_DESCRIBE_STRUCT(ManifestFile, (), (name, bytes, sha256))

struct ManifestModel {
    std::string name;                   // "lite2"
    std::string version;                // of the model and of how it was converted; a task's findings carry it
    std::string task{};                 // what it is for, "embedding"; "" for one that was added by hand
    std::vector<ManifestFile> files{};  // the first is the one to load
    std::string source;                 // "PyPI rapidocr 3.10.0", or the file it was added from
    std::string source_sha256;          // of the package or of that file
    std::string licence;
    std::string preprocessing{};  // version of what turns a photo into its input
    bool added = false;           // by `vitrine models add`: a pull keeps it
};
BOOST_DESCRIBE_STRUCT(ManifestModel, (), (name, version, task, files, source, source_sha256, licence, preprocessing, added))

struct Manifest {
    std::int64_t format = 1;
    std::vector<ManifestModel> models;

    const ManifestModel* find(std::string_view name) const;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, models))

// Names that lead out of the folder, an unknown format, a hash that is none: all refused.
// Errors: vision.pack_missing (no manifest), vision.pack_manifest (damaged, or of a later program).
Result<Manifest> read_manifest(const std::filesystem::path& folder);
Result<Manifest> parse_manifest(std::string_view text);
// Written beside, then renamed over. Errors: vision.pack_disk.
Result<void> write_manifest(const Manifest&, const std::filesystem::path& folder);

}  // namespace vitrine::vision
