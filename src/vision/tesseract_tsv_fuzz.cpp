// Whatever another program printed: lines inside the picture, no longer and no more than the bounds, of text that may be shown.
//   build/fuzz/bin/vision_tesseract_tsv_fuzz src/vision/testdata/corpus/tesseract_tsv
#include <cstdlib>

#include "core/utf8.hpp"
#include "vision/tesseract_tsv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vitrine;
    constexpr int width = 640, height = 480;
    const vision::TesseractBounds bounds{.lines_max = 8, .line_bytes_max = 40};
    const auto lines = vision::read_tesseract_table({reinterpret_cast<const char*>(data), size}, width, height, bounds);
    if (lines.size() > bounds.lines_max) std::abort();
    for (const auto& line : lines) {
        if (line.x < 0 || line.y < 0 || line.width <= 0 || line.height <= 0 || line.x + line.width > width || line.y + line.height > height)
            std::abort();
        if (!(line.confidence >= 0 && line.confidence <= 1 + 1e-9)) std::abort();
        if (line.text.empty() || line.text.size() > bounds.line_bytes_max || !utf8::length(line.text)) std::abort();
        for (char c : line.text)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) std::abort();
    }
    return 0;
}
