#include "vector/quantise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "vector/kernels.hpp"

namespace vitrine::vector {
namespace {

// The float at or above it, so that a bound stays one; the factor covers the rounding of the sums themselves.
float rounded_up(double number) {
    return std::nextafter(static_cast<float>(number * (1 + 1e-12)), std::numeric_limits<float>::max());
}

struct Loss {
    double lost = 0;
    double kept = 0;
};

// `level_max` levels on each side of zero for the largest number.
template <class Level>
Loss spread(std::span<const float> from, std::span<Level> levels, float scale) {
    // Eight at a time, so that the compiler does them at once. A level need not be the very nearest: what it loses is measured.
    constexpr std::size_t at_once = 8;
    const float factor = scale > 0 ? 1 / scale : 0;
    double lost[at_once] = {}, kept[at_once] = {};
    const auto level_of = [&](std::size_t i, std::size_t lane) {
        const std::int32_t level = rounded(from[i] * factor);
        levels[i] = static_cast<Level>(level);
        const double held = level * static_cast<double>(scale);
        lost[lane] += (from[i] - held) * (from[i] - held);
        kept[lane] += held * held;
    };
    std::size_t i = 0;
    for (; i + at_once <= from.size(); i += at_once)
        for (std::size_t lane = 0; lane < at_once; ++lane) level_of(i + lane, lane);
    for (; i < from.size(); ++i) level_of(i, 0);
    std::fill(levels.begin() + static_cast<std::ptrdiff_t>(from.size()), levels.end(), Level{0});
    return {std::accumulate(lost, lost + at_once, 0.0), std::accumulate(kept, kept + at_once, 0.0)};
}

// The scale at which the largest number gets the highest level: never a level too many, whichever way the division rounds.
float scale_for(float most, int level_max) {
    if (most == 0) return 0;
    return std::max(std::nextafter(most / static_cast<float>(level_max), std::numeric_limits<float>::max()),
                    std::numeric_limits<float>::min());
}

}  // namespace

float largest(std::span<const float> numbers) {
    float found[8] = {};
    std::size_t i = 0;
    for (; i + 8 <= numbers.size(); i += 8)
        for (std::size_t lane = 0; lane < 8; ++lane) found[lane] = std::max(found[lane], std::fabs(numbers[i + lane]));
    for (; i < numbers.size(); ++i) found[0] = std::max(found[0], std::fabs(numbers[i]));
    return *std::max_element(found, found + 8);
}

QuantisedRow quantise_row(std::span<const float> row, std::span<std::int8_t> levels) {
    QuantisedRow quantised;
    quantised.scale = scale_for(largest(row), 127);
    const Loss loss = spread(row, levels, quantised.scale);
    quantised.lost = rounded_up(std::sqrt(loss.lost));
    quantised.kept = rounded_up(std::sqrt(loss.kept));
    return quantised;
}

QuantisedQuery quantise_query(std::span<const float> query) {
    QuantisedQuery quantised;
    quantised.levels.resize(padded(query.size()));
    quantised.scale = scale_for(largest(query), query_level_max);
    quantised.lost = rounded_up(std::sqrt(spread<std::int16_t>(query, quantised.levels, quantised.scale).lost));
    double squares = 0;
    for (float number : query) squares += static_cast<double>(number) * number;
    quantised.norm = rounded_up(std::sqrt(squares));
    return quantised;
}

}  // namespace vitrine::vector
