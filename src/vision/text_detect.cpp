#include "vision/text_detect.hpp"

#include <algorithm>
#include <cmath>

#include "vision/views.hpp"

namespace vitrine::vision {
namespace {

struct Size {
    int width, height;
};

// The network halves five times.
int stepped(double side) {
    return std::max(32, static_cast<int>(std::nearbyint(side / 32)) * 32);
}

// As the reference enlarges what it looks at: until the shorter side has `shorter`. Unlike the reference, a larger photo is
// also made smaller: what the network sees at once decides its time and its working memory, which stays as it ever was. A
// ribbon of a picture, which that would make enormous, is made smaller still.
Size close_size(const photo::Picture& picture, int shorter) {
    constexpr double pixels_max = 750'000;
    double scale = static_cast<double>(shorter) / std::min(picture.width, picture.height);
    scale = std::min(scale, std::sqrt(pixels_max / picture.width / picture.height));
    return {stepped(std::floor(picture.width * scale)), stepped(std::floor(picture.height * scale))};
}

Size glance_size(const photo::Picture& picture, int shorter) {
    constexpr double longer_max = 3;  // times the shorter side
    double scale = static_cast<double>(shorter) / std::min(picture.width, picture.height);
    scale = std::min(scale, longer_max * shorter / std::max(picture.width, picture.height));
    return {stepped(picture.width * scale), stepped(picture.height * scale)};
}

}  // namespace

Result<TextDetector> TextDetector::open(Opening& opening, const TextDetectOptions& options) {
    auto packed = TRY(opening.packed("text_detect"));
    auto model = TRY(opening.load("text_detect", {.name = "text.detect", .inputs = {{1, 3, -1, -1}}, .threads = opening.threads()}));
    // A glance and a close look at a phone's photo held upright: the first of a shape is slow.
    for (const auto& shape : {Shape{1, 3, 480, 352}, Shape{1, 3, 992, 736}}) TRY(model.warm({&shape, 1}));
    return TextDetector(std::move(model), std::move(packed.version), options);
}

Result<Glance> TextDetector::glance(const photo::Picture& picture) const {
    const auto size = glance_size(picture, options_.glance_side);
    const auto small = resized(picture, size.width, size.height);
    auto lease = TRY(model_.lease());
    fill_planes(small, {0, 0, size.width, size.height}, size.width, lease.input({1, 3, size.height, size.width}));
    TRY(lease.infer());
    // Small print only smudges the map at this size, so less counts than in a close look.
    constexpr TextBoxOptions smudges{.pixel_least = 0.2f, .score_least = 0.25f, .side_least = 2};
    return sort_glance(text_boxes({size.width, size.height, lease.output().values}, picture.width, picture.height, smudges),
                       std::min(picture.width, picture.height));
}

Result<std::vector<TextBox>> TextDetector::look_closely(const photo::Picture& picture, const Glance& glance) const {
    const auto size = close_size(picture, options_.close_side);
    std::vector<Window> windows{{0, 0, size.width, size.height}};
    if (options_.windows && options_.glance_side > 0) {
        auto seen = glance;
        for (auto& box : seen.likely)
            for (auto& corner : box.quad)
                corner = {corner.x * static_cast<float>(size.width) / static_cast<float>(picture.width),
                          corner.y * static_cast<float>(size.height) / static_cast<float>(picture.height)};
        windows = windows_for(seen, size.width, size.height);
    }

    // The windows' maps are put together again, so that boxes come out as if all had been looked at.
    const auto close = bilinear(picture, size.width, size.height);
    std::vector<float> map(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height), 0.0f);
    auto lease = TRY(model_.lease());
    for (const auto& window : windows) {
        fill_planes(close, window, window.width, lease.input({1, 3, window.height, window.width}));
        TRY(lease.infer());
        const auto part = lease.output().values;
        for (int y = 0; y < window.height; ++y)
            std::copy_n(part.begin() + static_cast<std::ptrdiff_t>(y) * window.width, window.width,
                        map.begin() + static_cast<std::ptrdiff_t>(window.y + y) * size.width + window.x);
    }
    auto boxes = text_boxes({size.width, size.height, map}, picture.width, picture.height);
    sort_as_read(boxes);
    return boxes;
}

}  // namespace vitrine::vision
