#pragma once
// What text recognition hands to the readers of labels.

#include <string>

namespace vitrine::catalog {

struct Line {
    std::string text;
    float confidence = 1;  // of the recognition, 0..1
};

// Below this a line is not believed at all; below the other only what it says letter by letter.
inline constexpr float line_confidence_min = 0.5f;
inline constexpr float loose_line_confidence_min = 0.7f;

}  // namespace vitrine::catalog
