#pragma once
// Finds sizes in text that was read on a label.

#include <span>
#include <string>
#include <vector>

#include "catalog/line.hpp"
#include "catalog/size_values.hpp"

namespace vitrine::catalog {

struct SizeReading {
    SizeSystem system = SizeSystem::number;
    std::string value;    // "M", "S/M", "38", "W32 L34", "104-110", "75B"
    std::string display;  // in English: "EU 38", "6-7 years"; size_text() says it in other languages
    std::size_t line = 0;
    double strength = 0;             // 0..1, how much the text around it says that this is a size
    bool needs_second_sign = false;  // a lone letter, a bare number: label.hpp weighs it
    bool bare = false;               // nothing but digits said it: only a label's own text is sign enough
};

// Any thread; it keeps no state between calls.
class SizeReader {
public:
    explicit SizeReader(const SizeWords& words) : words_(words) {}  // which must outlive the reader

    // In the order of the lines; the same size said twice is there twice.
    std::vector<SizeReading> read(std::span<const Line> lines) const;

private:
    const SizeWords& words_;
};

}  // namespace vitrine::catalog
