#pragma once
// Colour profiles: bringing a picture's numbers to sRGB.

#include <cstdint>
#include <vector>

#include "photo/library.hpp"
#include "photo/picture.hpp"

namespace vitrine::photo {

// The RGB profile that comes with the image. Empty when there is none, when it says that it is sRGB, or when it is for
// other than RGB.
std::vector<std::uint8_t> foreign_profile(VipsImage*);

// A profile that cannot be used leaves the picture as it is: slightly wrong colours are better than no photo.
void apply_profile(Picture&, const std::vector<std::uint8_t>& profile);

}  // namespace vitrine::photo
