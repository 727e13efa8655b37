#pragma once
// Inside this room only: what likeness knows of a listing, and what it says of two. Pure.

#include <optional>
#include <string>
#include <vector>

#include "likeness/likeness.hpp"
#include "listing/compose.hpp"
#include "listing/listing_store.hpp"

namespace vitrine::listing {

// What was found in a listing's photos that tells what they look like, by one version of the model.
struct Looks {
    struct OfPhoto {
        PhotoId id;
        std::vector<float> embedding;
        std::vector<std::vector<float>> regions;
        std::optional<std::uint64_t> perceptual_hash;
        bool shows_a_thing = true;  // and not its label or its wrapping, which others have just like it
    };
    std::string version;
    std::vector<OfPhoto> photos;
};

Looks looks_of(const std::vector<SeenPhoto>&, std::string version);
// As rows, for Likeness::put.
std::vector<likeness::Vector> vectors_of(const Looks&);
// What a listing is looked for by: its photos of the thing, or all when there is none.
std::vector<likeness::Sought> sought_of(const Looks&);

// A copy that was asked for, or the same photos sent once more on purpose: the person knows, and is not warned.
bool known_copy(const Stored&, const Stored&);

// Whether the two may be one thing, and how it is told; absent when they only look alike.
std::optional<Alike> alike(const likeness::Match&);

// Two spaces' answers as one: of a subject the closer, then the better. Best first.
std::vector<likeness::Match> merged(std::vector<likeness::Match>, std::vector<likeness::Match>);

}  // namespace vitrine::listing
