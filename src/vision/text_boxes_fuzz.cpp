// Any map gives boxes inside the picture, at most as many as asked for, whatever its values are.
//   build/fuzz/bin/vision_text_boxes_fuzz
// The first two bytes are the map's sides; every further byte is a probability, and 255 is no number.
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "vision/text_boxes.hpp"
#include "vision/text_windows.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vitrine::vision;
    if (size < 2) return 0;
    const int width = data[0] % 128, height = data[1] % 128;
    std::vector<float> values(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (std::size_t i = 0; i < values.size() && size > 2; ++i) {
        auto byte = data[2 + i % (size - 2)];
        values[i] = byte == 255 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(byte) / 250;
    }
    constexpr int picture_width = 320, picture_height = 256;
    auto boxes = text_boxes({width, height, values}, picture_width, picture_height, {.contours_max = 50});
    if (boxes.size() > 50) std::abort();
    for (const auto& box : boxes) {
        if (!(box.score >= 0.5f)) std::abort();
        for (const auto& corner : box.quad)
            if (!(corner.x >= 0 && corner.x < picture_width && corner.y >= 0 && corner.y < picture_height)) std::abort();
    }
    sort_as_read(boxes);
    for (const auto& window : windows_for(sort_glance(boxes, picture_height), picture_width, picture_height))
        if (window.x < 0 || window.y < 0 || window.width <= 0 || window.height <= 0 || window.x + window.width > picture_width ||
            window.y + window.height > picture_height)
            std::abort();
    return 0;
}
