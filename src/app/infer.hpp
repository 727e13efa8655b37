#pragma once
// What a photo shows, as one JSON object: the command line's `infer`, the API's /infer and the evaluations say it alike.

#include <filesystem>
#include <string>

#include "app/decoding.hpp"
#include "catalog/catalog.hpp"
#include "core/json.hpp"
#include "photo/picture.hpp"
#include "vision/eyes.hpp"

namespace vitrine::app {

// Decodes and looks; nothing is stored. Errors: those of read_file, Decoding::decode and Eyes::look.
struct Inference {
    photo::Decoded decoded;
    vision::Findings findings;
};
Result<Inference> infer(vision::Eyes&, const Decoding&, const std::filesystem::path&);

// The whole file. Errors: infer.file, photo.too_large.
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path&, const photo::Limits& = {});

// Keys: photo kind kind_confidence category product imagenet objects text colours moderation quality fields failed ms,
// and embedding when asked. Shares are 0..1, times ms, boxes [x, y, w, h] in pixels of the upright original.
json::Object describe(const std::string& photo, const Inference&, const catalog::Catalog&, bool with_embedding);

}  // namespace vitrine::app
