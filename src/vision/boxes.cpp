#include "vision/boxes.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace vitrine::vision {
namespace {

double area(const Candidate& box) {
    return std::max(0.0, box.right - box.left) * std::max(0.0, box.bottom - box.top);
}

void best_first(std::vector<Candidate>& candidates) {
    std::ranges::stable_sort(candidates, std::greater{}, &Candidate::score);
}

double round_tenth(double value) {
    return std::round(value * 10) / 10;
}

}  // namespace

double overlap(const Candidate& one, const Candidate& other) {
    const Candidate both{0,
                         0,
                         std::max(one.left, other.left),
                         std::max(one.top, other.top),
                         std::min(one.right, other.right),
                         std::min(one.bottom, other.bottom)};
    const double shared = area(both), all = area(one) + area(other) - shared;
    return all > 0 ? shared / all : 0;
}

std::vector<Candidate> keep_best(std::vector<Candidate> candidates, double overlap_max) {
    best_first(candidates);
    std::vector<Candidate> kept;
    for (const auto& candidate : candidates)
        if (std::ranges::none_of(
                kept, [&](const Candidate& better) { return better.label == candidate.label && overlap(better, candidate) > overlap_max; }))
            kept.push_back(candidate);
    return kept;
}

std::vector<Candidate> merge_close(std::vector<Candidate> candidates, double overlap_max) {
    best_first(candidates);
    std::vector<Candidate> kept;
    while (!candidates.empty()) {
        const auto best = candidates.front();
        Candidate merged{best.score, best.label};
        double weight = 0;
        std::vector<Candidate> apart;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const auto& other = candidates[i];
            if (i > 0 && (other.label != best.label || overlap(best, other) <= overlap_max)) {
                apart.push_back(other);
                continue;
            }
            merged.left += other.score * other.left, merged.top += other.score * other.top;
            merged.right += other.score * other.right, merged.bottom += other.score * other.bottom;
            weight += other.score;
        }
        merged.left /= weight, merged.top /= weight, merged.right /= weight, merged.bottom /= weight;
        kept.push_back(merged);
        candidates = std::move(apart);
    }
    return kept;
}

Fitted fit_square(const photo::Picture& picture, int side) {
    Fitted fitted{photo::blank(side, side), static_cast<double>(side) / std::max(picture.width, picture.height), 0, 0};
    const int width = std::clamp(static_cast<int>(std::lround(picture.width * fitted.scale)), 1, side);
    const int height = std::clamp(static_cast<int>(std::lround(picture.height * fitted.scale)), 1, side);
    fitted.left = (side - width) / 2, fitted.top = (side - height) / 2;
    cv::Mat square(side, side, CV_8UC3, fitted.square.rgb.data());
    square.setTo(cv::Scalar::all(0));
    const cv::Mat from(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));  // only read
    cv::Mat part = square(cv::Rect(fitted.left, fitted.top, width, height));
    cv::resize(from, part, part.size(), 0, 0, fitted.scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    return fitted;
}

Candidate in_original(Candidate candidate, const Fitted& fitted, const photo::Decoded& photo) {
    // One scale a side: the working picture's sides are rounded to whole pixels.
    const double across = photo.header.width / (static_cast<double>(photo.working.width) * fitted.scale);
    const double down = photo.header.height / (static_cast<double>(photo.working.height) * fitted.scale);
    auto x = [&](double value) { return std::clamp((value - fitted.left) * across, 0.0, static_cast<double>(photo.header.width)); };
    auto y = [&](double value) { return std::clamp((value - fitted.top) * down, 0.0, static_cast<double>(photo.header.height)); };
    candidate.left = x(candidate.left), candidate.right = x(candidate.right);
    candidate.top = y(candidate.top), candidate.bottom = y(candidate.bottom);
    return candidate;
}

Box box_of(const Candidate& candidate) {
    return {round_tenth(candidate.left), round_tenth(candidate.top), round_tenth(candidate.right - candidate.left),
            round_tenth(candidate.bottom - candidate.top)};
}

}  // namespace vitrine::vision
