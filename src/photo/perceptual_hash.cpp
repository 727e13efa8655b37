#include "photo/perceptual_hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "photo/reduce.hpp"

namespace vitrine::photo {
namespace {

constexpr int side = 32, frequencies = 8;

// cosines[k][x]: the transform's row for frequency k + 1. The constant frequency is left out: it is the brightness.
using Cosines = std::array<std::array<float, side>, frequencies>;
Cosines make_cosines() {
    Cosines cosines{};
    for (int k = 0; k < frequencies; ++k)
        for (int x = 0; x < side; ++x)
            cosines[static_cast<std::size_t>(k)][static_cast<std::size_t>(x)] =
                static_cast<float>(std::cos(std::numbers::pi * (k + 1) * (2 * x + 1) / (2.0 * side)));
    return cosines;
}

// Mean luma (BT.601) on a 32 x 32 grid. A picture with a side below 32 has its pixels repeated.
std::array<std::array<float, side>, side> luma_grid(const Picture& picture) {
    Picture small = reduced(picture, std::min(side, picture.width), std::min(side, picture.height));
    std::array<std::array<float, side>, side> grid{};
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const std::uint8_t* rgb = small.row(y * small.height / side) + 3 * (x * small.width / side);
            grid[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
        }
    return grid;
}

}  // namespace

std::uint64_t perceptual_hash(const Picture& picture) {
    static const Cosines cosines = make_cosines();
    const auto grid = luma_grid(picture);

    std::array<std::array<float, frequencies>, side> rows{};
    for (std::size_t y = 0; y < side; ++y)
        for (std::size_t k = 0; k < frequencies; ++k)
            for (std::size_t x = 0; x < side; ++x) rows[y][k] += grid[y][x] * cosines[k][x];
    std::array<float, frequencies * frequencies> spectrum{};
    for (std::size_t j = 0; j < frequencies; ++j)
        for (std::size_t k = 0; k < frequencies; ++k)
            for (std::size_t y = 0; y < side; ++y) spectrum[j * frequencies + k] += rows[y][k] * cosines[j][y];

    auto sorted = spectrum;
    std::ranges::sort(sorted);
    float median = (sorted[31] + sorted[32]) / 2;
    std::uint64_t hash = 0;
    for (float value : spectrum) hash = hash << 1 | (value > median ? 1u : 0u);
    return hash;
}

int hash_distance(std::uint64_t one, std::uint64_t other) {
    return std::popcount(one ^ other);
}

}  // namespace vitrine::photo
