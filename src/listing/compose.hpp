#pragma once
// Inside this room only: what was seen in the photos becomes fields, each with its evidence.

#include <cstdint>
#include <map>
#include <string>
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

struct Composed {
    Fields fields;
    std::string product;  // the name of a grocery product that was seen; empty for everything else
};

// Pure: the same photos give the same fields. A field whose evidence is below its threshold stays empty and asks.
// Condition and price are never filled.
Composed compose(const std::vector<SeenPhoto>&, const catalog::Catalog&, Language);

// What a person calls the colours of a thing, the largest share first: shades of one name count together.
struct NamedShare {
    std::string key;  // of the catalogue
    double share = 0, confidence = 0;
};
std::vector<NamedShare> named_colours(const vision::Colours&, const catalog::Catalog&);

// The catalogue's name for the listing's language.
catalog::Language catalogue(Language);

// The same fields for a copy of the listing, whose photos have ids of their own.
Fields with_photo_ids(Fields, const std::map<PhotoId, PhotoId>& renamed);

}  // namespace vitrine::listing
