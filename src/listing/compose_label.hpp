#pragma once
// Inside this room only: brand, size and fibres from the text read in the photos.

#include "listing/compose.hpp"

namespace vitrine::listing {

// Fills only what a label said; never guesses by category. What stays empty asks.
void fill_from_labels(Fields&, const std::vector<SeenPhoto>&, const catalog::Catalog&, Language);

}  // namespace vitrine::listing
