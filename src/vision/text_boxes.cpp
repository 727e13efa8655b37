#include "vision/text_boxes.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <optional>

namespace vitrine::vision {
namespace {

struct Rectangle {
    Quad quad;
    float side = 0;  // the shorter one
};

// The smallest rectangle around the points, its corners from the top left on.
Rectangle smallest_rectangle(const std::vector<cv::Point>& points) {
    cv::RotatedRect found = cv::minAreaRect(points);
    std::array<cv::Point2f, 4> corners;
    found.points(corners.data());
    std::stable_sort(corners.begin(), corners.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    if (corners[1].y <= corners[0].y) std::swap(corners[0], corners[1]);  // the left pair: top, bottom
    if (corners[3].y <= corners[2].y) std::swap(corners[2], corners[3]);  // the right pair
    auto corner = [&](int i) { return Corner{corners[i].x, corners[i].y}; };
    return {{corner(0), corner(2), corner(3), corner(1)}, std::min(found.size.width, found.size.height)};
}

float mean_inside(const cv::Mat& map, const Quad& quad) {
    auto [left, right] = std::minmax({quad[0].x, quad[1].x, quad[2].x, quad[3].x});
    auto [top, bottom] = std::minmax({quad[0].y, quad[1].y, quad[2].y, quad[3].y});
    int x0 = std::clamp(static_cast<int>(std::floor(left)), 0, map.cols - 1);
    int x1 = std::clamp(static_cast<int>(std::ceil(right)), 0, map.cols - 1);
    int y0 = std::clamp(static_cast<int>(std::floor(top)), 0, map.rows - 1);
    int y1 = std::clamp(static_cast<int>(std::ceil(bottom)), 0, map.rows - 1);
    cv::Mat mask = cv::Mat::zeros(y1 - y0 + 1, x1 - x0 + 1, CV_8U);
    std::array<cv::Point, 4> corners;
    for (std::size_t i = 0; i < 4; ++i)
        corners[i] = {static_cast<int>(quad[i].x - static_cast<float>(x0)), static_cast<int>(quad[i].y - static_cast<float>(y0))};
    cv::fillConvexPoly(mask, corners.data(), 4, 1);
    return static_cast<float>(cv::mean(map(cv::Rect(x0, y0, mask.cols, mask.rows)), mask)[0]);
}

// The quad grown by `distance` with round corners, on whole pixels: what Clipper's ClipperOffset gives for a convex
// polygon (JT_ROUND, arc tolerance 0.25), which is what the reference calls.
std::vector<cv::Point> grown(const Quad& quad, double distance) {
    std::vector<cv::Point2d> corners;
    for (const auto& corner : quad) {
        cv::Point2d whole{std::trunc(corner.x), std::trunc(corner.y)};
        if (corners.empty() || corners.back() != whole) corners.push_back(whole);
    }
    while (corners.size() > 1 && corners.front() == corners.back()) corners.pop_back();
    const std::size_t count = corners.size();
    if (count < 3) return {};

    double twice_area = 0;
    for (std::size_t i = 0; i < count; ++i) twice_area += corners[i].cross(corners[(i + 1) % count]);
    if (twice_area == 0) return {};
    if (twice_area < 0) std::reverse(corners.begin(), corners.end());

    std::vector<cv::Point2d> normals;  // outward, of the edge that leaves each corner
    for (std::size_t i = 0; i < count; ++i) {
        cv::Point2d edge = corners[(i + 1) % count] - corners[i];
        double length = std::hypot(edge.x, edge.y);
        normals.emplace_back(edge.y / length, -edge.x / length);
    }

    constexpr double arc_tolerance = 0.25;
    double tolerance = std::min(arc_tolerance, distance * arc_tolerance);
    double steps_a_turn = std::min(std::numbers::pi / std::acos(1 - tolerance / distance), distance * std::numbers::pi);
    double turn = 2 * std::numbers::pi / steps_a_turn;
    std::vector<cv::Point> points;
    auto push = [&](const cv::Point2d& corner, const cv::Point2d& normal) {
        points.emplace_back(static_cast<int>(std::round(corner.x + normal.x * distance)),
                            static_cast<int>(std::round(corner.y + normal.y * distance)));
    };
    for (std::size_t i = 0; i < count; ++i) {
        cv::Point2d from = normals[(i + count - 1) % count];
        const cv::Point2d& to = normals[i];
        double angle = std::atan2(from.cross(to), from.dot(to));
        int steps = std::max(static_cast<int>(std::round(steps_a_turn / (2 * std::numbers::pi) * std::abs(angle))), 1);
        for (int step = 0; step < steps; ++step) {
            push(corners[i], from);
            from = {from.x * std::cos(turn) - from.y * std::sin(turn), from.x * std::sin(turn) + from.y * std::cos(turn)};
        }
        push(corners[i], to);
    }
    return points;
}

double area_of(const Quad& quad) {
    double twice = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto& a = quad[i];
        const auto& b = quad[(i + 1) % 4];
        twice += static_cast<double>(a.x) * b.y - static_cast<double>(a.y) * b.x;
    }
    return std::abs(twice) / 2;
}

float distance_between(const Corner& a, const Corner& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

double perimeter_of(const Quad& quad) {
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += distance_between(quad[i], quad[(i + 1) % 4]);
    return sum;
}

// To whole pixels of the picture, corners from the top left on, inside it. None when it is too thin to hold a letter.
std::optional<Quad> scaled(const Quad& quad, const TextMap& map, int width, int height) {
    Quad out;
    for (std::size_t i = 0; i < 4; ++i) {
        double x = std::nearbyint(static_cast<double>(quad[i].x) / map.width * width);
        double y = std::nearbyint(static_cast<double>(quad[i].y) / map.height * height);
        out[i] = {static_cast<float>(std::clamp(x, 0.0, width * 1.0) + 0.0),
                  static_cast<float>(std::clamp(y, 0.0, height * 1.0) + 0.0)};  // + 0: no negative zero
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    if (out[1].y < out[0].y) std::swap(out[0], out[1]);
    if (out[3].y < out[2].y) std::swap(out[2], out[3]);
    out = {out[0], out[2], out[3], out[1]};
    for (auto& corner : out)
        corner = {std::min(corner.x, static_cast<float>(width - 1)), std::min(corner.y, static_cast<float>(height - 1))};

    constexpr int thin = 3;
    if (static_cast<int>(distance_between(out[0], out[1])) <= thin || static_cast<int>(distance_between(out[0], out[3])) <= thin) return {};
    return out;
}

}  // namespace

float width_of(const Quad& quad) {
    return std::max(distance_between(quad[0], quad[1]), distance_between(quad[2], quad[3]));
}
float height_of(const Quad& quad) {
    return std::max(distance_between(quad[0], quad[3]), distance_between(quad[1], quad[2]));
}

std::vector<TextBox> text_boxes(const TextMap& map, int width, int height, const TextBoxOptions& options) {
    if (map.width <= 0 || map.height <= 0 || width <= 0 || height <= 0 ||
        map.values.size() != static_cast<std::size_t>(map.width) * static_cast<std::size_t>(map.height))
        return {};

    const cv::Mat values(map.height, map.width, CV_32F, const_cast<float*>(map.values.data()));
    cv::Mat text = values > options.pixel_least;
    cv::dilate(text, text, cv::Mat::ones(2, 2, CV_8U));
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(text, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
    if (contours.size() > options.contours_max) contours.resize(options.contours_max);

    std::vector<TextBox> boxes;
    for (const auto& contour : contours) {
        auto core = smallest_rectangle(contour);
        if (core.side < options.side_least) continue;
        float score = mean_inside(values, core.quad);
        if (!(score >= options.score_least)) continue;  // so that NaN is refused too
        auto points = grown(core.quad, area_of(core.quad) * options.unclip / perimeter_of(core.quad));
        if (points.empty()) continue;
        auto whole = smallest_rectangle(points);
        if (whole.side < options.side_least + 2) continue;
        if (auto quad = scaled(whole.quad, map, width, height)) boxes.push_back({*quad, score});
    }
    return boxes;
}

void sort_as_read(std::vector<TextBox>& boxes) {
    auto top = [](const TextBox& box) { return box.quad[0].y; };
    std::stable_sort(boxes.begin(), boxes.end(), [&](const auto& a, const auto& b) { return top(a) < top(b); });
    constexpr float same_line = 10;
    for (auto row = boxes.begin(); row != boxes.end();) {
        auto end = std::next(row);
        while (end != boxes.end() && top(*end) - top(*std::prev(end)) < same_line) ++end;
        std::stable_sort(row, end, [](const auto& a, const auto& b) { return a.quad[0].x < b.quad[0].x; });
        row = end;
    }
}

}  // namespace vitrine::vision
