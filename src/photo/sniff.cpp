#include "photo/sniff.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/utf8.hpp"

namespace vitrine::photo {
namespace {

using namespace std::string_view_literals;

struct Sign {
    std::size_t at;
    std::string_view word;
    std::string_view name;
};

// Only what people do send instead of a photo.
constexpr Sign signs[] = {
    {0, "%PDF-", "a PDF"},
    {0, "GIF87a", "a GIF"},
    {0, "GIF89a", "a GIF"},
    {0, "II*\0"sv, "a TIFF, or a camera's raw file"},
    {0, "MM\0*"sv, "a TIFF, or a camera's raw file"},
    {0, "II+\0"sv, "a TIFF"},
    {0, "MM\0+"sv, "a TIFF"},
    {0, "8BPS", "a Photoshop document"},
    {0, "\xff\x0a", "a JPEG XL"},
    {4, "JXL \r\n\x87\n", "a JPEG XL"},
    {4, "jP  \r\n\x87\n", "a JPEG 2000"},
    {0, "\0\0\1\0"sv, "an icon"},
    {0, "qoif", "a QOI picture"},
    {0, "PK\3\4", "a zip archive, or an office document"},
    {0, "PK\5\6", "a zip archive"},
    {0, "\x1f\x8b", "a gzip archive"},
    {0, "7z\xbc\xaf\x27\x1c", "a 7z archive"},
    {0, "Rar!\x1a\x07", "a rar archive"},
    {0, "\x1a\x45\xdf\xa3", "a video (Matroska or WebM)"},
    {0, "OggS", "a sound or video (Ogg)"},
    {0, "ID3", "a sound (MP3)"},
    {0, "fLaC", "a sound (FLAC)"},
    {8, "WAVE", "a sound (WAV)"},
    {8, "AVI ", "a video (AVI)"},
    {0,
     "\x7f"
     "ELF",
     "a program"},
    {0, "MZ", "a program"},
    {0, "%!PS", "a PostScript drawing"},
    {0, "SQLite format 3", "a database"},
};

// The major brand of an ISO base media file (ISO/IEC 14496-12, ISO/IEC 23008-12, AVIF 1.1). "mif1" may hold either
// codec: inspect() asks its primary item.
Sniffed sniff_brand(std::string_view brand) {
    constexpr std::array heic{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "mif1"sv, "hevc"sv, "hevx"sv, "msf1"sv};
    constexpr std::array avif{"avif"sv, "avis"sv};
    if (std::ranges::find(heic, brand) != heic.end()) return Format::heic;
    if (std::ranges::find(avif, brand) != avif.end()) return Format::avif;
    if (brand == "crx ") return std::string("a camera's raw file");
    return std::string("a video (MP4 or QuickTime)");
}

// What a text file is, from its first kilobyte.
std::string sniff_text(Bytes file) {
    std::string head(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 1024));
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (head.starts_with("\xef\xbb\xbf")) head.erase(0, 3);
    head.erase(0, std::min(head.find_first_not_of(" \t\r\n"), head.size()));
    if (head.find("<svg") != head.npos) return "an SVG drawing";
    if (head.starts_with("<!doctype html") || head.starts_with("<html")) return "a web page";
    if (head.starts_with("<?xml")) return "an XML document";

    // A character cut by the end of the kilobyte is no reason to call it binary.
    while (!head.empty() && (static_cast<unsigned char>(head.back()) & 0xc0) == 0x80) head.pop_back();
    if (!head.empty() && static_cast<unsigned char>(head.back()) >= 0xc0) head.pop_back();
    bool control = std::ranges::any_of(head, [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f'; });
    return !head.empty() && !control && utf8::length(head) ? "a text" : "not a photo";
}

}  // namespace

Sniffed sniff(Bytes file) {
    if (has(file, 0, "\xff\xd8\xff")) return Format::jpeg;
    if (has(file, 0, "\x89PNG\r\n\x1a\n")) return Format::png;
    if (has(file, 0, "RIFF") && has(file, 8, "WEBP")) return Format::webp;
    if (has(file, 4, "ftyp") && file.size() >= 12) return sniff_brand({reinterpret_cast<const char*>(file.data()) + 8, 4});
    for (const Sign& sign : signs)
        if (has(file, sign.at, sign.word)) return std::string(sign.name);
    // "BM" alone begins many texts; a bitmap's four reserved bytes are zero.
    if (has(file, 0, "BM") && has(file, 6, "\0\0\0\0"sv)) return std::string("a BMP");
    return sniff_text(file);
}

}  // namespace vitrine::photo
