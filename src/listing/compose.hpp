#pragma once
// Inside this room only: what was seen in the photos becomes fields, each with its evidence.

#include <cstdint>
#include <vector>

#include "catalog/catalog.hpp"
#include "listing/listing.hpp"
#include "vision/findings.hpp"

namespace vitrine::listing {

// One photo of the listing with what the models found in it.
struct SeenPhoto {
    PhotoId id;
    int width = 0, height = 0;
    std::uint64_t perceptual_hash = 0;
    vision::Findings findings;
};

// Pure: the same photos give the same fields. A field whose evidence is below its threshold stays empty and asks.
// Condition and price are never filled.
Fields compose(const std::vector<SeenPhoto>&, const catalog::Catalog&, Language);

}  // namespace vitrine::listing
