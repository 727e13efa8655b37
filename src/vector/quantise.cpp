#include "vector/quantise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vector/kernels.hpp"

namespace vitrine::vector {
namespace {

float largest(std::span<const float> numbers) {
    float found = 0;
    for (float number : numbers) found = std::max(found, std::fabs(number));
    return found;
}

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
    Loss loss;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const double level = scale > 0 ? std::nearbyint(static_cast<double>(from[i]) / scale) : 0;
        levels[i] = static_cast<Level>(level);
        const double held = level * scale;
        loss.lost += (from[i] - held) * (from[i] - held);
        loss.kept += held * held;
    }
    std::fill(levels.begin() + static_cast<std::ptrdiff_t>(from.size()), levels.end(), Level{0});
    return loss;
}

// The scale at which the largest number gets the highest level: never a level too many, whichever way the division rounds.
float scale_for(float most, int level_max) {
    if (most == 0) return 0;
    return std::max(std::nextafter(most / static_cast<float>(level_max), std::numeric_limits<float>::max()),
                    std::numeric_limits<float>::min());
}

}  // namespace

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
