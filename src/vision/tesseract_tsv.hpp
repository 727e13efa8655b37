#pragma once
// The table that `tesseract ... tsv` prints, one row a word. It comes from another program that read a stranger's picture,
// so nothing in it is believed before it was looked at.

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::vision {

struct TesseractLine {
    std::string text;                         // its words, one space between them; valid UTF-8 without control characters
    double confidence = 0;                    // 0..1: the mean of its words', by their length
    int x = 0, y = 0, width = 0, height = 0;  // inside the picture, never empty
};

struct TesseractBounds {
    std::size_t lines_max = 256;
    std::size_t line_bytes_max = 1'000;
};

// In the order of the table. A row that is not a word inside a picture of this size is left out, and a line's further
// words when it is too long; nothing that is not a line follows from it. Any thread.
std::vector<TesseractLine> read_tesseract_table(std::string_view table, int width, int height, const TesseractBounds& = {});

}  // namespace vitrine::vision
