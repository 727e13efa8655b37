#include "vision/views.hpp"

#include <cassert>
#include <opencv2/imgproc.hpp>

namespace vitrine::vision {
namespace {

constexpr double grey = 127;  // zero once normalised

cv::Mat matrix(const photo::Picture& picture) {
    return {picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data())};  // only read
}
cv::Mat matrix(photo::Picture& picture) {
    return {picture.height, picture.width, CV_8UC3, picture.rgb.data()};
}

photo::Picture resized(const cv::Mat& from, int width, int height) {
    auto to = photo::blank(width, height);
    auto target = matrix(to);
    const bool grows = width > from.cols || height > from.rows;
    cv::resize(from, target, target.size(), 0, 0, grows ? cv::INTER_CUBIC : cv::INTER_AREA);
    assert(target.data == to.rgb.data());
    return to;
}

}  // namespace

photo::Picture resized(const photo::Picture& from, int width, int height) {
    return resized(matrix(from), width, height);
}

photo::Picture view(const photo::Picture& from, View how, int side) {
    const auto picture = matrix(from);
    switch (how) {
        case View::whole:
            return resized(picture, side, side);
        case View::padded: {  // an odd pixel of padding goes right or below
            const int square = std::max(from.width, from.height);
            const int top = (square - from.height) / 2, left = (square - from.width) / 2;
            cv::Mat padded;
            cv::copyMakeBorder(picture, padded, top, square - from.height - top, left, square - from.width - left, cv::BORDER_CONSTANT,
                               cv::Scalar(grey, grey, grey));
            return resized(padded, side, side);
        }
        case View::centre: {
            const int square = std::min(from.width, from.height);
            return resized(picture(cv::Rect((from.width - square) / 2, (from.height - square) / 2, square, square)), side, side);
        }
    }
    return {};
}

void write_planes(const photo::Picture& from, Channels channels, std::array<float, 3> mean, std::array<float, 3> scale,
                  std::span<float> to) {
    const auto pixels = static_cast<std::size_t>(from.width) * static_cast<std::size_t>(from.height);
    assert(to.size() == pixels * 3);
    const auto* rgb = from.rgb.data();
    for (std::size_t plane = 0; plane < 3; ++plane) {
        const auto* channel = rgb + (channels == Channels::rgb ? plane : 2 - plane);
        auto* out = to.data() + plane * pixels;
        for (std::size_t pixel = 0; pixel < pixels; ++pixel)
            out[pixel] = (static_cast<float>(channel[pixel * 3]) - mean[plane]) * scale[plane];
    }
}

void write_pixels(const photo::Picture& from, Channels channels, std::array<float, 3> mean, std::array<float, 3> scale,
                  std::span<float> to) {
    assert(to.size() == from.rgb.size());
    for (std::size_t value = 0; value + 2 < to.size(); value += 3)
        for (std::size_t channel = 0; channel < 3; ++channel)
            to[value + channel] =
                (static_cast<float>(from.rgb[value + (channels == Channels::rgb ? channel : 2 - channel)]) - mean[channel]) *
                scale[channel];
}

}  // namespace vitrine::vision
