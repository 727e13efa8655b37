#include "vision/text_pixels.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace vitrine::vision {
namespace {

// OpenCV has no const view; what comes back is only read.
cv::Mat view(const photo::Picture& picture) {
    return {picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data())};
}

photo::Picture blank(int width, int height) {
    photo::Picture picture{width, height, {}};
    picture.rgb.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    return picture;
}

photo::Picture warped(const photo::Picture& from, const Quad& quad) {
    int width = std::max(1, static_cast<int>(width_of(quad)));
    int height = std::max(1, static_cast<int>(height_of(quad)));
    auto w = static_cast<float>(width), h = static_cast<float>(height);
    std::array<cv::Point2f, 4> corners, straight{{{0, 0}, {w, 0}, {w, h}, {0, h}}};
    for (std::size_t i = 0; i < 4; ++i) corners[i] = {quad[i].x, quad[i].y};

    auto out = blank(width, height);
    cv::Mat level = view(out);
    cv::warpPerspective(view(from), level, cv::getPerspectiveTransform(corners.data(), straight.data()), level.size(), cv::INTER_CUBIC,
                        cv::BORDER_REPLICATE);
    return out;
}

}  // namespace

photo::Picture bilinear(const photo::Picture& from, int width, int height) {
    auto out = blank(width, height);
    cv::Mat to = view(out);
    cv::resize(view(from), to, to.size(), 0, 0, cv::INTER_LINEAR);
    return out;
}

photo::Picture cut_line(const photo::Decoded& decoded, const Quad& quad) {
    constexpr float enough = 48;  // the height the reader takes: more pixels than that add nothing
    const auto& working = decoded.working;
    const auto& largest = decoded.largest;
    bool finer = largest.width > working.width && std::min(width_of(quad), height_of(quad)) < enough;

    photo::Picture line;
    if (finer) {
        float across = static_cast<float>(largest.width) / static_cast<float>(working.width);
        float down = static_cast<float>(largest.height) / static_cast<float>(working.height);
        auto scaled = quad;
        for (auto& corner : scaled) corner = {corner.x * across, corner.y * down};
        line = warped(largest, scaled);
    } else {
        line = warped(working, quad);
    }
    if (static_cast<double>(line.height) / line.width >= 1.5) {
        auto laid = blank(line.height, line.width);
        cv::Mat to = view(laid);
        cv::rotate(view(line), to, cv::ROTATE_90_COUNTERCLOCKWISE);
        line = std::move(laid);
    }
    if (finer && line.height > 2 * static_cast<int>(enough)) {  // bilinear would skip pixels
        double scale = enough / line.height;
        auto smaller = blank(std::max(1, static_cast<int>(std::lround(line.width * scale))), static_cast<int>(enough));
        cv::Mat to = view(smaller);
        cv::resize(view(line), to, to.size(), 0, 0, cv::INTER_AREA);
        line = std::move(smaller);
    }
    return line;
}

void turn_around(photo::Picture& picture) {
    cv::Mat pixels = view(picture);
    cv::rotate(pixels, pixels, cv::ROTATE_180);
}

void fill_planes(const photo::Picture& picture, const Window& window, int row, std::span<float> planes) {
    assert(window.x >= 0 && window.y >= 0 && window.x + window.width <= picture.width && window.y + window.height <= picture.height);
    const auto plane = static_cast<std::size_t>(row) * static_cast<std::size_t>(window.height);
    assert(window.width <= row && planes.size() >= 3 * plane);
    for (int y = 0; y < window.height; ++y) {
        const std::uint8_t* from = picture.row(window.y + y) + static_cast<std::ptrdiff_t>(window.x) * 3;
        float* blue = planes.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(row);
        float* green = blue + plane;
        float* red = green + plane;
        for (int x = 0; x < window.width; ++x) {
            red[x] = static_cast<float>(from[3 * x]) * (1 / 127.5f) - 1;
            green[x] = static_cast<float>(from[3 * x + 1]) * (1 / 127.5f) - 1;
            blue[x] = static_cast<float>(from[3 * x + 2]) * (1 / 127.5f) - 1;
        }
        for (float* colour : {blue, green, red}) std::fill(colour + window.width, colour + row, 0.0f);
    }
}

}  // namespace vitrine::vision
