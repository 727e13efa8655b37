#include "vision/foreground.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace vitrine::vision {
namespace {

constexpr int kinds = 16;                 // of colour in the whole picture
constexpr float lightness_weight = 0.7f;  // shadows are not another thing
constexpr double edge_width = 0.1;        // of the shorter side
constexpr double middle_deviation = 0.6;  // of half a side
constexpr float place_weight = 0.5f;      // of being in the middle, beside the colour
constexpr float score_min = 0.6f;
constexpr double share_min = 0.04;  // a smaller mask is a print or a shadow: then the middle is taken
constexpr float middle_min = 0.7f;

cv::Mat middle_weight(cv::Size size) {
    cv::Mat weight(size, CV_32F);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            double dx = 2 * (x + 0.5) / size.width - 1, dy = 2 * (y + 0.5) / size.height - 1;
            weight.at<float>(y, x) = static_cast<float>(std::exp(-(dx * dx + dy * dy) / (2 * middle_deviation * middle_deviation)));
        }
    return weight;
}

// Each pixel's kind of colour, CV_32S.
cv::Mat kinds_of_colour(const cv::Mat& lab) {
    cv::Mat points = lab.clone().reshape(1, static_cast<int>(lab.total()));
    points.col(0) *= lightness_weight;
    constexpr int step = 7;  // enough pixels to learn the kinds from, and no divisor of the usual widths
    cv::Mat sample((points.rows + step - 1) / step, 3, CV_32F);
    for (int i = 0; i < sample.rows; ++i) points.row(step * i).copyTo(sample.row(i));
    cv::Mat labels, centres;
    cv::theRNG().state = 7;  // the same photo always gives the same answer
    cv::kmeans(sample, std::min(kinds, sample.rows), labels, {cv::TermCriteria::COUNT | cv::TermCriteria::EPS, 8, 0.5}, 1,
               cv::KMEANS_PP_CENTERS, centres);

    cv::Mat nearest(lab.size(), CV_32S);
    for (int i = 0; i < points.rows; ++i) {
        const float* point = points.ptr<float>(i);
        float best = std::numeric_limits<float>::max();
        for (int k = 0; k < centres.rows; ++k) {
            const float* centre = centres.ptr<float>(k);
            float a = point[0] - centre[0], b = point[1] - centre[1], c = point[2] - centre[2], distance = a * a + b * b + c * c;
            if (distance < best) {
                best = distance;
                nearest.at<int>(i / lab.cols, i % lab.cols) = k;
            }
        }
    }
    return nearest;
}

}  // namespace

cv::Mat foreground(const cv::Mat& lab) {
    const cv::Mat middle = middle_weight(lab.size());
    const cv::Mat kind = kinds_of_colour(lab);

    const int edge = std::max(2, static_cast<int>(std::lround(edge_width * std::min(lab.rows, lab.cols))));
    double middle_total = 0, edge_total = 0;
    std::vector<double> in_middle(kinds), on_edge(kinds);
    for (int y = 0; y < lab.rows; ++y)
        for (int x = 0; x < lab.cols; ++x) {
            auto k = static_cast<std::size_t>(kind.at<int>(y, x));
            in_middle[k] += middle.at<float>(y, x);
            middle_total += middle.at<float>(y, x);
            if (std::min({x, y, lab.cols - 1 - x, lab.rows - 1 - y}) < edge) {
                ++on_edge[k];
                ++edge_total;
            }
        }

    cv::Mat score(lab.size(), CV_32F);
    for (int y = 0; y < lab.rows; ++y)
        for (int x = 0; x < lab.cols; ++x) {
            constexpr double doubt = 0.01;  // keeps a colour that is nowhere near in the balance
            auto k = static_cast<std::size_t>(kind.at<int>(y, x));
            double inside = in_middle[k] / middle_total + doubt, outside = on_edge[k] / edge_total + doubt;
            score.at<float>(y, x) = static_cast<float>(inside / (inside + outside)) + place_weight * (middle.at<float>(y, x) - 0.5f);
        }
    cv::blur(score, score, {5, 5});
    cv::Mat mask = score > score_min;
    if (cv::countNonZero(mask) < share_min * static_cast<double>(mask.total())) mask = middle > middle_min;
    if (cv::countNonZero(mask) == 0) mask.setTo(255);
    return mask;
}

}  // namespace vitrine::vision
