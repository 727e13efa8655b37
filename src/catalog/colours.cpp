#include "catalog/colours.hpp"

#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>

#include "catalog/table.hpp"

namespace vitrine::catalog {
namespace {

constexpr double resolve_closeness_min = 0.6;

double radians(double degrees) {
    return degrees * std::numbers::pi / 180;
}
double degrees(double radians) {
    return radians * 180 / std::numbers::pi;
}

double hue(double a, double b) {
    if (a == 0 && b == 0) return 0;
    double h = degrees(std::atan2(b, a));
    return h < 0 ? h + 360 : h;
}

// "52.1 30.4 -12"
std::optional<Lab> lab_of(std::string_view text) {
    auto numbers = split(text, ' ');
    if (numbers.size() != 3) return std::nullopt;
    double values[3];
    for (std::size_t i = 0; i < 3; ++i) {
        auto [end, error] = std::from_chars(numbers[i].data(), numbers[i].data() + numbers[i].size(), values[i]);
        if (error != std::errc{} || end != numbers[i].data() + numbers[i].size()) return std::nullopt;
    }
    return Lab{values[0], values[1], values[2]};
}

}  // namespace

double colour_difference(const Lab& one, const Lab& two) {
    double c1 = std::hypot(one.a, one.b), c2 = std::hypot(two.a, two.b);
    double c_mean7 = std::pow((c1 + c2) / 2, 7);
    double g = 0.5 * (1 - std::sqrt(c_mean7 / (c_mean7 + std::pow(25.0, 7))));
    double a1 = (1 + g) * one.a, a2 = (1 + g) * two.a;
    c1 = std::hypot(a1, one.b), c2 = std::hypot(a2, two.b);
    double h1 = hue(a1, one.b), h2 = hue(a2, two.b);

    double delta_l = two.l - one.l, delta_c = c2 - c1, delta_h = 0;
    if (c1 * c2 != 0) {
        delta_h = h2 - h1;
        if (delta_h > 180)
            delta_h -= 360;
        else if (delta_h < -180)
            delta_h += 360;
    }
    double delta_big_h = 2 * std::sqrt(c1 * c2) * std::sin(radians(delta_h) / 2);

    double l = (one.l + two.l) / 2, c = (c1 + c2) / 2, h = h1 + h2;
    if (c1 * c2 != 0) {
        if (std::abs(h1 - h2) <= 180)
            h /= 2;
        else
            h = h < 360 ? (h + 360) / 2 : (h - 360) / 2;
    }
    double t = 1 - 0.17 * std::cos(radians(h - 30)) + 0.24 * std::cos(radians(2 * h)) + 0.32 * std::cos(radians(3 * h + 6)) -
               0.20 * std::cos(radians(4 * h - 63));
    double l50 = (l - 50) * (l - 50);
    double s_l = 1 + 0.015 * l50 / std::sqrt(20 + l50), s_c = 1 + 0.045 * c, s_h = 1 + 0.015 * c * t;
    double c7 = std::pow(c, 7);
    double turn = -2 * std::sqrt(c7 / (c7 + std::pow(25.0, 7))) * std::sin(radians(60 * std::exp(-std::pow((h - 275) / 25, 2))));
    double by_l = delta_l / s_l, by_c = delta_c / s_c, by_h = delta_big_h / s_h;
    return std::sqrt(by_l * by_l + by_c * by_c + by_h * by_h + turn * by_c * by_h);
}

Result<Colours> Colours::load(std::span<const EmbeddedFile> files) {
    Colours loaded;
    auto file = TRY(find_file(files, "data/colours.tsv"));
    for (const Row& row : TRY(read_table(file, {"key", "swatch", "en", "it", "fr", "de", "es", "lab"}))) {
        Colour colour{row.cells[0], row.cells[1], Names({row.cells[2], row.cells[3], row.cells[4], row.cells[5], row.cells[6]}), {}};
        for (std::string_view text : split(row.cells[7], ',')) {
            auto prototype = lab_of(text);
            if (!prototype) return bad_row(file, row, "A prototype is three numbers, L a b.");
            colour.prototypes.push_back(*prototype);
        }
        loaded.words_.add(loaded.colours_.size(), colour.names);
        if (!loaded.by_key_.emplace(row.cells[0], loaded.colours_.size()).second) return bad_row(file, row, "The key is there twice.");
        loaded.colours_.push_back(std::move(colour));
    }
    return loaded;
}

const Colour* Colours::find(std::string_view key) const {
    auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &colours_[found->second];
}

NamedColour Colours::name_of(const Lab& lab) const {
    std::string_view nearest;
    double distance = 1e9, next = 1e9;  // to the nearest name, and to the nearest other one
    for (const Colour& colour : colours_) {
        double here = 1e9;
        for (const Lab& prototype : colour.prototypes) here = std::min(here, colour_difference(lab, prototype));
        if (here < distance) {
            next = distance;
            distance = here;
            nearest = colour.key;
        } else {
            next = std::min(next, here);
        }
    }
    return {nearest, distance + next > 0 ? next / (distance + next) : 1};
}

const Colour* Colours::resolve(std::string_view words, Language language) const {
    auto matches = words_.find(words, language, 1);
    return matches.empty() || matches.front().closeness < resolve_closeness_min ? nullptr : &colours_[matches.front().thing];
}

}  // namespace vitrine::catalog
