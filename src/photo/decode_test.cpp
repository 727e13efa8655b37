#include <gtest/gtest.h>

#include "photo/perceptual_hash.hpp"
#include "photo/photos_for_tests.hpp"
#include "photo/picture.hpp"
#include "photo/reduce.hpp"

namespace vitrine::photo {
namespace {

using namespace testing;

Decoded decoded(const File& file) {
    auto result = decode(file);
    if (!result) throw std::runtime_error(result.error().code + ": " + result.error().message);
    return std::move(*result);
}
std::string code_of(const File& file) {
    auto result = decode(file);
    return result ? "taken" : result.error().code;
}

TEST(Decode, every_format_gives_the_same_picture) {
    EXPECT_EQ(difference(decoded(png(scene())).working, scene()), 0);
    for (const File& file : {jpeg(scene(), 95), progressive_jpeg(scene()), webp(scene()), heic(scene()), avif(scene())})
        EXPECT_LT(difference(decoded(file).working, scene()), 6);
}

TEST(Decode, all_eight_turns_come_out_upright_pixel_by_pixel) {
    const Picture upright = scene(83, 41);  // sizes that no block divides
    for (int turn = 1; turn <= 8; ++turn) {
        auto stored = png(stored_for(upright, turn));
        EXPECT_EQ(difference(decoded(png_with(stored, "eXIf", exif(turn))).working, upright), 0) << turn;
        auto camera = jpeg_with(jpeg(stored_for(upright, turn), 95), exif(turn));
        EXPECT_LT(difference(decoded(camera).working, upright), 8) << turn;
        EXPECT_LT(difference(decoded(webp_with_turn(stored_for(upright, turn), turn)).working, upright), 8) << turn;
    }
    EXPECT_LT(difference(decoded(read("turned.heic")).working, stored_for(scene(), 8)), 8);  // turned 90 degrees clockwise
}

TEST(Decode, a_large_picture_is_turned_like_a_small_one) {
    const Picture upright = blobs(3, 1700, 1300);  // several strips, and the working picture is reduced on the way
    auto plain = decoded(png(upright)), turned = decoded(png_with(png(stored_for(upright, 6)), "eXIf", exif(6)));
    EXPECT_EQ(difference(turned.largest, plain.largest), 0);
    EXPECT_LT(difference(turned.working, plain.working), 0.5);
}

TEST(Decode, the_grid_of_a_phone_heic_is_one_upright_picture) {
    auto photo = decoded(read("grid.heic"));
    EXPECT_EQ(photo.header.width, 100);
    EXPECT_EQ(photo.header.height, 120);
    EXPECT_EQ(photo.working.width, 100);
    const std::uint8_t* corner = photo.working.row(5) + 3 * 95;  // yellow: the stored top left, after a quarter turn
    EXPECT_GT(corner[0], 200);
    EXPECT_LT(corner[2], 90);
}

TEST(Decode, cmyk_grey_16_bit_and_alpha_become_8_bit_rgb) {
    EXPECT_LT(difference(decoded(png_16_bit(scene())).working, scene()), 1);
    EXPECT_EQ(difference(decoded(png_with_alpha(scene(), 255)).working, scene()), 0);
    for (auto value : decoded(png_with_alpha(scene(), 0)).working.rgb) ASSERT_EQ(value, 255);  // over white

    auto grey = decoded(grey_jpeg(scene())).working;
    EXPECT_EQ(grey.rgb[0], grey.rgb[1]);
    EXPECT_EQ(grey.rgb[1], grey.rgb[2]);
    // Printers' inks cannot show that blue; the reds and blues must still be on their sides.
    auto cmyk = decoded(cmyk_jpeg(scene())).working;
    EXPECT_GT(cmyk.row(50)[3 * 20], cmyk.row(50)[3 * 20 + 2] + 100);
    EXPECT_GT(cmyk.row(50)[3 * 80 + 2], cmyk.row(50)[3 * 80] + 60);
}

TEST(Decode, another_rgb_profile_is_brought_to_srgb_and_srgb_is_left_alone) {
    auto plain = decoded(jpeg(scene(), 92)).working;
    EXPECT_LT(difference(decoded(with_profile(scene(), "srgb")).working, plain), 1);
    auto wide = decoded(with_profile(scene(), "p3"));  // the same numbers mean stronger colours in Display P3
    EXPECT_GT(wide.working.row(50)[3 * 20], plain.row(50)[3 * 20] + 8);
    EXPECT_LT(difference(wide.largest, plain), 1);
}

TEST(Decode, the_working_picture_is_at_most_1280_and_never_enlarged) {
    auto small = decoded(jpeg(scene()));
    EXPECT_EQ(small.working.width, 96);
    EXPECT_EQ(difference(small.working, small.largest), 0);

    auto medium = decoded(jpeg(blobs(1, 2000, 1000)));
    EXPECT_EQ(medium.working.width, 1280);
    EXPECT_EQ(medium.working.height, 640);
    EXPECT_EQ(medium.largest.width, 2000);

    auto large = decoded(jpeg(blobs(1, 300, 5200)));  // halved while decoding, and still twice the working picture
    EXPECT_EQ(large.header.height, 5200);
    EXPECT_EQ(large.largest.height, 2600);
    EXPECT_EQ(large.working.height, 1280);
    auto ribbon = decoded(png(blobs(1, 8000, 2)));
    EXPECT_EQ(ribbon.largest.width, 2667);  // a third
    EXPECT_EQ(ribbon.working.width, 1280);
    EXPECT_EQ(ribbon.working.height, 1);
}

TEST(Decode, pixels_that_cannot_be_read_are_damage) {
    File file = png(blobs(1));
    for (std::size_t at = file.size() / 2; at < file.size() / 2 + 40; ++at) file[at] ^= 0x5a;
    EXPECT_EQ(code_of(file), "photo.damaged");

    File cut = webp(blobs(1));  // its length is made to agree, so only the decoder can tell
    cut.resize(cut.size() / 4 * 2);
    auto riff = static_cast<std::uint32_t>(cut.size() - 8), chunk = riff - 12;
    for (std::size_t i = 0; i < 4; ++i) {
        cut[4 + i] = static_cast<std::uint8_t>(riff >> 8 * i);
        cut[16 + i] = static_cast<std::uint8_t>(chunk >> 8 * i);
    }
    EXPECT_EQ(code_of(cut), "photo.damaged");

    File hevc = heic(blobs(1));
    for (std::size_t at = hevc.size() - hevc.size() / 3; at < hevc.size(); ++at) hevc[at] = 0;
    EXPECT_NE(code_of(hevc), "photo.truncated");  // refused or concealed by its decoder; not a crash
}

TEST(Decode, a_cut_jpeg_is_refused_even_with_an_end_glued_on) {
    File file = jpeg(blobs(1, 640, 480));
    file.resize(file.size() / 2);
    EXPECT_EQ(code_of(file), "photo.truncated");
}

TEST(PerceptualHash, stays_when_a_photo_is_saved_again_smaller_or_brighter) {
    const Picture original = blobs(5, 900, 700);
    const auto hash = decoded(jpeg(original, 95)).perceptual_hash;
    EXPECT_LE(hash_distance(hash, decoded(jpeg(original, 30)).perceptual_hash), near_duplicate_bits);
    EXPECT_LE(hash_distance(hash, decoded(webp(reduced(original, 300, 233))).perceptual_hash), near_duplicate_bits);
    Picture brighter = original;
    for (auto& value : brighter.rgb) value = static_cast<std::uint8_t>(std::min(255, value * 11 / 10 + 4));
    EXPECT_LE(hash_distance(hash, perceptual_hash(brighter)), near_duplicate_bits);
}

TEST(PerceptualHash, differs_between_different_photos) {
    for (unsigned seed = 10; seed < 30; ++seed)
        EXPECT_GT(hash_distance(perceptual_hash(blobs(seed)), perceptual_hash(blobs(seed + 1))), 2 * near_duplicate_bits) << seed;
}

}  // namespace
}  // namespace vitrine::photo
