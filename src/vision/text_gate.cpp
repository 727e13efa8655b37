#include "vision/text_gate.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace vitrine::vision {
namespace {

// Integer Rec. 601 luma.
int luma(const std::uint8_t* rgb) {
    return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) >> 8;
}

// The value below which `share` of all counted values lie.
int quantile(const std::array<int, 256>& counts, int total, double share) {
    int wanted = static_cast<int>(share * total), seen = 0;
    for (int value = 0; value < 256; ++value)
        if ((seen += counts[static_cast<std::size_t>(value)]) > wanted) return value;
    return 255;
}

}  // namespace

std::string_view name_of(Gate gate) {
    switch (gate) {
        case Gate::read:
            return "read";
        case Gate::small:
            return "small";
        case Gate::faint:
            return "faint";
        case Gate::blurred:
            return "blurred";
        case Gate::beyond:
            return "beyond";
    }
    assert(false);
    return "";
}

LineLook look_at_line(const photo::Picture& line) {
    std::array<int, 256> values{}, steps{};
    int steps_total = 0;
    for (int y = 0; y < line.height; ++y) {
        const std::uint8_t* row = line.row(y);
        int before = 0;
        for (int x = 0; x < line.width; ++x) {
            int value = luma(row + 3 * x);
            ++values[static_cast<std::size_t>(value)];
            if (x > 0) ++steps[static_cast<std::size_t>(std::abs(value - before))], ++steps_total;
            before = value;
        }
    }
    LineLook look;
    look.height = line.height;
    int total = line.width * line.height;
    look.contrast = quantile(values, total, 0.95) - quantile(values, total, 0.05);
    if (look.contrast > 0 && steps_total > 0) look.edge = quantile(steps, steps_total, 0.98) / look.contrast;
    return look;
}

Gate judge(const LineLook& look, const GateOptions& options) {
    if (look.height < options.height_least) return Gate::small;
    if (look.contrast < options.contrast_least) return Gate::faint;
    if (look.edge < options.edge_least) return Gate::blurred;
    return Gate::read;
}

std::vector<bool> largest_lines(const std::vector<TextBox>& boxes, std::size_t lines_max) {
    std::vector<std::size_t> order(boxes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto height = [&](std::size_t i) { return std::min(width_of(boxes[i].quad), height_of(boxes[i].quad)); };
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return height(a) > height(b); });
    std::vector<bool> chosen(boxes.size(), false);
    for (std::size_t i = 0; i < std::min(order.size(), lines_max); ++i) chosen[order[i]] = true;
    return chosen;
}

}  // namespace vitrine::vision
