#pragma once
// The one thing read from EXIF: which way is up.

#include "photo/bytes.hpp"

namespace vitrine::photo {

// `tiff` is EXIF's TIFF block, with or without "Exif\0\0" before it. Returns 1 (upright) for anything that is not a
// sound orientation tag in the first directory: a broken EXIF never costs the photo.
int exif_turn(Bytes tiff);

}  // namespace vitrine::photo
