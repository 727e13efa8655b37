#pragma once
// Photos made on the spot for the tests: a small scene, written in every shape that the outside world sends.
// Defined in photos_for_tests_test.cpp, so that only the tests carry it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "photo/picture.hpp"

namespace vitrine::photo::testing {

using File = std::vector<std::uint8_t>;

// Left half red, right half blue, a white block in the top left corner: every turn looks different.
Picture scene(int width = 96, int height = 64);
// A scene that is unlike another with a different seed: smooth random blobs.
Picture blobs(unsigned seed, int width = 320, int height = 240);

File jpeg(const Picture&, int quality = 90);
File progressive_jpeg(const Picture&);
File cmyk_jpeg(const Picture&);
File grey_jpeg(const Picture&);
File png(const Picture&);
File png_16_bit(const Picture&);
File png_with_alpha(const Picture&, std::uint8_t alpha);
File webp(const Picture&);
File animated_webp(const Picture& first, const Picture& second);
File heic(const Picture&);
File avif(const Picture&);
File gif();
File with_profile(const Picture&, const std::string& name);  // JPEG with one of libvips' own profiles: "p3", "srgb"

// An EXIF block with this orientation, a camera's name and a GPS position that must never get out.
inline constexpr std::string_view secret = "SECRET-CAMERA-51.5074N-0.1278W";
File exif(int turn);
File jpeg_with(const File& jpeg, const File& exif);
File png_with(const File& png, std::string_view chunk, const File& data);
File webp_with_turn(const Picture&, int turn);

// The picture as a camera held in `turn` would store it: turning it by `turn` gives `upright` again.
Picture stored_for(const Picture& upright, int turn);

// Mean absolute difference of the channels; 255 when the sizes differ.
double difference(const Picture&, const Picture&);

File read(const std::string& testdata_name);
bool contains(const File&, std::string_view);

}  // namespace vitrine::photo::testing
