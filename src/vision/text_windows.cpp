#include "vision/text_windows.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine::vision {
namespace {

constexpr int step = 32;
// The network sets itself up anew for every shape it meets, which costs as much as looking at a small window. So windows
// come in few sizes.
constexpr int size_step = 5 * step;

struct Span {
    int from, to;
};

// Widened to whole steps inside 0..end.
Span stepped(float from, float to, int end) {
    int first = std::clamp(static_cast<int>(std::floor(from / step)) * step, 0, end - step);
    int last = std::clamp(static_cast<int>(std::ceil(to / step)) * step, first + step, end);
    return {first, last};
}

// Widened on both sides to a whole number of `size_step`, or to everything.
Span in_few_sizes(int from, int length, int end) {
    int wanted = (length + size_step - 1) / size_step * size_step;
    if (wanted >= end) return {0, end};
    int first = std::clamp(from - (wanted - length) / 2 / step * step, 0, end - wanted);
    return {first, first + wanted};
}

Window in_few_sizes(const Window& window, int width, int height) {
    Span x = in_few_sizes(window.x, window.width, width), y = in_few_sizes(window.y, window.height, height);
    return {x.from, y.from, x.to - x.from, y.to - y.from};
}

bool touch(const Window& a, const Window& b) {
    return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

Window around(const Window& a, const Window& b) {
    int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
    return {x, y, std::max(a.x + a.width, b.x + b.width) - x, std::max(a.y + a.height, b.y + b.height) - y};
}

Window window_of(const Quad& quad, int width, int height) {
    // A line's neighbours on a label are about as high as itself, and the glance sees the larger ones.
    constexpr float lines_around = 3, least = 64;
    float room = std::max(least, lines_around * std::min(width_of(quad), height_of(quad)));
    auto [left, right] = std::minmax({quad[0].x, quad[1].x, quad[2].x, quad[3].x});
    auto [top, bottom] = std::minmax({quad[0].y, quad[1].y, quad[2].y, quad[3].y});
    Span x = stepped(left - room, right + room, width), y = stepped(top - room, bottom + room, height);
    return in_few_sizes({x.from, y.from, x.to - x.from, y.to - y.from}, width, height);
}

}  // namespace

Glance sort_glance(std::vector<TextBox> boxes, int side) {
    constexpr float large = 0.3f, line = 1.8f;
    Glance glance;
    for (const auto& box : boxes) {
        auto [shorter, longer] = std::minmax({width_of(box.quad), height_of(box.quad)});
        if (shorter > large * static_cast<float>(side) && longer < line * shorter)
            glance.covered = true;
        else
            glance.likely.push_back(box);
    }
    return glance;
}

std::vector<Window> windows_for(const Glance& glance, int width, int height) {
    if (glance.likely.empty()) return {};
    const Window everything{0, 0, width, height};
    if (glance.covered) return {everything};

    std::vector<Window> windows;
    for (const auto& box : glance.likely) {
        Window window = window_of(box.quad, width, height);
        // Taking one in may make the window touch another, so every merge starts over.
        for (auto other = windows.begin(); other != windows.end();) {
            if (!touch(window, *other)) {
                ++other;
                continue;
            }
            window = in_few_sizes(around(window, *other), width, height);
            windows.erase(other);
            other = windows.begin();
        }
        windows.push_back(window);
    }
    std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return std::pair(a.y, a.x) < std::pair(b.y, b.x); });

    constexpr double most = 0.7;
    double area = 0;
    for (const auto& window : windows) area += static_cast<double>(window.width) * window.height;
    if (area > most * width * height) return {everything};
    return windows;
}

}  // namespace vitrine::vision
