#include "vision/light.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace vitrine::vision {
namespace {

constexpr double bright_share = 0.03;  // of the picture, taken as its brightest part
constexpr double bright_target = 0.9;  // the luminance it should have
constexpr double damping = 0.8;        // how much of the way there: a dark thing on a dark table may well be dark
constexpr double gain_max = 2.2;
constexpr double grey_power = 4;       // of the mean that should be grey: bright things count for more
constexpr double balance_share = 0.3;  // how much of the leaning goes

// IEC 61966-2-1.
std::array<float, 256> make_linear() {
    std::array<float, 256> linear{};
    for (std::size_t i = 0; i < linear.size(); ++i) {
        double value = static_cast<double>(i) / 255;
        linear[i] = static_cast<float>(value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
    }
    return linear;
}
const std::array<float, 256> linear = make_linear();

// The luminance that `bright_share` of the pixels reach.
double bright_luminance(const cv::Mat& rgb) {
    std::array<int, 1024> histogram{};
    for (int y = 0; y < rgb.rows; ++y)
        for (const auto* pixel = rgb.ptr<cv::Vec3b>(y); pixel != rgb.ptr<cv::Vec3b>(y) + rgb.cols; ++pixel) {
            float luminance = 0.2126f * linear[(*pixel)[0]] + 0.7152f * linear[(*pixel)[1]] + 0.0722f * linear[(*pixel)[2]];
            ++histogram[static_cast<std::size_t>(std::clamp(luminance * 1023, 0.0f, 1023.0f))];
        }
    auto left = static_cast<int>(bright_share * static_cast<double>(rgb.total()));
    std::size_t at = histogram.size() - 1;
    while (at > 0 && (left -= histogram[at]) >= 0) --at;
    return (static_cast<double>(at) + 0.5) / 1024;
}

cv::Vec3d balance_of(const cv::Mat& rgb) {
    std::array<double, 256> powered{};
    std::ranges::transform(linear, powered.begin(), [](float value) { return std::pow(value, grey_power); });
    cv::Vec3d mean;
    for (int y = 0; y < rgb.rows; ++y)
        for (const auto* pixel = rgb.ptr<cv::Vec3b>(y); pixel != rgb.ptr<cv::Vec3b>(y) + rgb.cols; ++pixel)
            for (int channel = 0; channel < 3; ++channel) mean[channel] += powered[(*pixel)[channel]];
    constexpr double black = 1e-4;
    for (int channel = 0; channel < 3; ++channel)
        mean[channel] = std::max(black, std::pow(mean[channel] / static_cast<double>(rgb.total()), 1 / grey_power));
    const double grey = (mean[0] + mean[1] + mean[2]) / 3;
    cv::Vec3d balance;
    for (int channel = 0; channel < 3; ++channel) balance[channel] = std::pow(grey / mean[channel], balance_share);
    return balance / (0.2126 * balance[0] + 0.7152 * balance[1] + 0.0722 * balance[2]);
}

}  // namespace

Light::Light(const cv::Mat& rgb)
    : gain_(std::clamp(std::pow(bright_target / bright_luminance(rgb), damping), 1.0, gain_max)), balance_(balance_of(rgb)) {}

cv::Mat Light::lab(const cv::Mat& rgb) const {
    std::array<cv::Vec3f, 256> lit{};
    for (std::size_t value = 0; value < lit.size(); ++value)
        for (int channel = 0; channel < 3; ++channel)
            lit[value][channel] = std::min(1.0f, linear[value] * static_cast<float>(gain_ * balance_[channel]));
    cv::Mat pixels;
    cv::LUT(rgb, cv::Mat(1, 256, CV_32FC3, lit.data()), pixels);
    cv::cvtColor(pixels, pixels, cv::COLOR_LRGB2Lab);
    return pixels;
}

}  // namespace vitrine::vision
