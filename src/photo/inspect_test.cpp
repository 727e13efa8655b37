#include <gtest/gtest.h>

#include "photo/photo.hpp"
#include "photo/photos_for_tests.hpp"
#include "photo/picture.hpp"

namespace vitrine::photo {
namespace {

using namespace testing;

std::string code_of(const Result<Header>& result) {
    return result ? "taken" : result.error().code;
}
std::string code_of(const File& file, const Limits& limits = {}) {
    return code_of(inspect(file, limits));
}
std::string message_of(const File& file) {
    auto result = inspect(file);
    return result ? "" : result.error().message;
}
File bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

TEST(Inspect, the_five_formats_are_known_by_content_with_their_size) {
    const std::pair<Format, File> all[] = {{Format::jpeg, jpeg(scene())},
                                           {Format::png, png(scene())},
                                           {Format::webp, webp(scene())},
                                           {Format::heic, heic(scene())},
                                           {Format::avif, avif(scene())}};
    for (const auto& [format, file] : all) {
        auto header = inspect(file);
        ASSERT_TRUE(header) << media_type(format) << ": " << header.error().message;
        EXPECT_EQ(header->format, format);
        EXPECT_EQ(header->width, 96);
        EXPECT_EQ(header->height, 64);
        EXPECT_EQ(header->turn, 1);
    }
}

TEST(Inspect, what_is_not_a_photo_is_refused_by_its_name_in_words) {
    using namespace std::string_view_literals;
    const std::pair<std::string_view, std::string_view> strangers[] = {
        {"%PDF-1.7 ...", "a PDF"},
        {"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing"},
        {"\n  <svg onload=\"alert(1)\">", "an SVG drawing"},
        {"<!DOCTYPE html><p>", "a web page"},
        {"II*\0\x10\0\0\0"sv, "a TIFF, or a camera's raw file"},
        {"BM\x36\0\0\0\0\0\0\0"sv, "a BMP"},
        {"PK\3\4\x14\0", "a zip archive, or an office document"},
        {"\0\0\0\x18"
         "ftypisom\0\0\2\0"sv,
         "a video (MP4 or QuickTime)"},
        {"\0\0\0\x18"
         "ftypcrx \0\0\0\1"sv,
         "a camera's raw file"},
        {"\0\0\0\x0cJXL \r\n\x87\n"sv, "a JPEG XL"},
        {"RIFF\x24\0\0\0WAVEfmt "sv, "a sound (WAV)"},
        {"Dear seller, here is my photo: \xf0\x9f\x91\x97", "a text"},
        {"\x01\x02\x03\x04", "not a photo"},
    };
    for (const auto& [content, name] : strangers) {
        EXPECT_EQ(code_of(bytes(content)), "photo.format") << name;
        EXPECT_NE(message_of(bytes(content)).find(fmt::format("This file is {};", name)), std::string::npos) << message_of(bytes(content));
    }
    EXPECT_EQ(code_of(gif()), "photo.format");
    EXPECT_EQ(message_of(gif()), "This file is a GIF; send a photo as JPEG, PNG, WebP, HEIC or AVIF.");
}

TEST(Inspect, an_empty_file_and_one_above_the_limit_are_told_apart) {
    EXPECT_EQ(code_of(File{}), "photo.empty");
    File large = jpeg(scene());
    large.resize(41'000'000);
    EXPECT_EQ(code_of(large), "photo.too_large");
    EXPECT_EQ(message_of(large), "The photo is 41.0 MB; 40 MB is the most we take.");
}

TEST(Inspect, every_cut_of_every_format_is_refused) {
    for (const File& file :
         {jpeg(scene()), progressive_jpeg(scene()), png(scene()), webp(scene()), heic(scene()), avif(scene()), read("grid.heic")})
        for (std::size_t length = 0; length < file.size(); ++length) {
            auto header = inspect(std::span(file).first(length));
            ASSERT_FALSE(header) << length << " of " << file.size();
            if (length >= file.size() / 2) {
                EXPECT_EQ(header.error().code, "photo.truncated") << length << " of " << file.size();
            }
        }
}

TEST(Inspect, bytes_after_the_end_of_a_jpeg_do_not_matter) {
    File file = jpeg(scene());  // motion photos append a video
    for (int i = 0; i < 1000; ++i) file.push_back(static_cast<std::uint8_t>(i * 37));
    EXPECT_EQ(code_of(file), "taken");
}

TEST(Inspect, a_png_that_claims_2500_megapixels_is_refused_before_a_pixel) {
    File file = png(scene());
    for (std::size_t at : {16u, 20u}) {  // width and height
        file[at] = file[at + 1] = 0;
        file[at + 2] = 50'000 >> 8;
        file[at + 3] = 50'000 & 255;
    }
    EXPECT_EQ(code_of(file), "photo.too_many_pixels");
    EXPECT_EQ(message_of(file), "The photo is 50000 x 50000 pixels; 60 megapixels is the most we read.");
}

TEST(Inspect, a_heic_whose_boxes_or_stream_claim_too_much_is_refused) {
    Limits limits;
    limits.pixels_max = 96 * 64;
    EXPECT_EQ(code_of(heic(scene()), limits), "taken");

    File grid = read("grid.heic");  // a canvas of 120 x 100 on tiles of 64 x 64
    limits.pixels_max = 120 * 100 - 1;
    EXPECT_EQ(code_of(grid, limits), "photo.too_many_pixels");

    // The box says 96 x 64, the stream inside decodes to more.
    File file = read("scene.heic");
    std::string_view ispe("ispe\0\0\0\0\0\0\0\x60\0\0\0\x40", 16);
    auto at = std::search(file.begin(), file.end(), ispe.begin(), ispe.end());
    ASSERT_NE(at, file.end());
    *(at + 11) = 8;
    *(at + 15) = 8;
    limits.pixels_max = 8 * 8;
    EXPECT_EQ(code_of(file, limits), "photo.too_many_pixels");
}

TEST(Inspect, a_jpeg_in_too_many_passes_is_refused) {
    File file = progressive_jpeg(blobs(1));
    EXPECT_EQ(code_of(file), "taken");
    Limits limits;
    limits.progressive_scans_max = 3;
    EXPECT_EQ(code_of(file, limits), "photo.progressive");
}

TEST(Inspect, what_moves_is_refused) {
    using namespace std::string_view_literals;
    EXPECT_EQ(code_of(animated_webp(scene(), blobs(1, 96, 64))), "photo.animated");
    EXPECT_EQ(code_of(png_with(png(scene()), "acTL", bytes("\0\0\0\2\0\0\0\0"sv))), "photo.animated");
    File sequence = heic(scene());
    std::ranges::copy("hevc"sv, sequence.begin() + 8);
    EXPECT_EQ(code_of(sequence), "photo.animated");
}

TEST(Inspect, the_turn_is_read_and_the_size_is_that_of_the_upright_picture) {
    for (int turn = 1; turn <= 8; ++turn) {
        for (const File& file :
             {jpeg_with(jpeg(scene()), exif(turn)), png_with(png(scene()), "eXIf", exif(turn)), webp_with_turn(scene(), turn)}) {
            auto header = inspect(file);
            ASSERT_TRUE(header);
            EXPECT_EQ(header->turn, turn);
            EXPECT_EQ(header->width, turn >= 5 ? 64 : 96) << turn;
            EXPECT_EQ(header->height, turn >= 5 ? 96 : 64) << turn;
        }
    }
    auto heic = inspect(read("turned.heic"));  // the decoder turns it
    ASSERT_TRUE(heic);
    EXPECT_EQ(heic->turn, 1);
    EXPECT_EQ(heic->width, 64);
    EXPECT_EQ(heic->height, 96);
}

TEST(Inspect, a_broken_exif_block_never_costs_the_photo) {
    File sound = exif(6);
    for (std::size_t length = 0; length <= sound.size(); ++length) {
        auto header = inspect(jpeg_with(jpeg(scene()), File(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(length))));
        ASSERT_TRUE(header) << length;
    }
    EXPECT_EQ(inspect(jpeg_with(jpeg(scene()), exif(9)))->turn, 1);
    EXPECT_EQ(inspect(jpeg_with(jpeg(scene()), exif(0)))->turn, 1);
}

TEST(Hex, of_a_hash_reads_back_and_anything_else_is_refused) {
    auto hash = sha256(bytes("abc"));
    EXPECT_EQ(hex(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(parse_sha256(hex(hash)).value(), hash);
    for (auto bad : {"", "ba78", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
                     "../../../../../../../../../../../../../../../../../../etc/passwd0"})
        EXPECT_EQ(parse_sha256(bad).error().code, "photo.hash") << bad;
}

}  // namespace
}  // namespace vitrine::photo
