#pragma once
// The sample photos: put into an empty house once, so that the first page is not empty.

#include "app/house.hpp"

namespace vitrine::app {

// Reads `folder`/samples.json, a list of items, each a list of photo files, and makes a listing of each. Does nothing
// when this data folder had its samples before or has listings already. Errors: samples.missing, samples.damaged.
Result<void> add_samples(House&, const std::filesystem::path& data, const std::filesystem::path& folder);

}  // namespace vitrine::app
