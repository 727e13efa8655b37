#pragma once
// A hash that stays nearly the same when a picture is saved again, made smaller or a little brighter.

#include "photo/picture.hpp"

namespace vitrine::photo {

// After Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1: the signs,
// around their median, of 64 low frequencies of the cosine transform of the picture at 32 x 32.
std::uint64_t perceptual_hash(const Picture&);

}  // namespace vitrine::photo
