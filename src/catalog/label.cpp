#include "catalog/label.hpp"

#include <algorithm>
#include <cstdlib>

namespace vitrine::catalog {
namespace {

constexpr double enough = 1;
constexpr std::size_t near_lines = 3;         // a size letter stands this close to the brand that vouches for it
constexpr std::size_t small_label_lines = 8;  // beyond this a lone letter needs more than a brand's name
constexpr float sure_line_confidence = 0.8f;
constexpr double tie = 0.05;

std::size_t apart(std::size_t a, std::size_t b) {
    return a > b ? a - b : b - a;
}

class Weighing {
public:
    Weighing(std::span<const Line> lines, LabelFindings& findings) : lines_(lines), found_(findings) {}

    bool believes(const BrandReading& reading) const {
        if (!reading.needs_second_sign) return true;
        if (reading.alone && lines_[reading.line].confidence < loose_line_confidence_min) return false;
        if (follows_care(reading.line)) return false;
        if (weight_beside(found_.signs, reading.line) >= enough) return true;
        return reading.alone &&
               std::any_of(found_.sizes.begin(), found_.sizes.end(), [&](const SizeReading& size) { return vouches(size, reading); });
    }

    bool believes(const SizeReading& reading, const std::optional<BrandReading>& brand) const {
        if (!reading.needs_second_sign) return true;
        double weight = weight_beside(found_.signs, reading.line);
        if (reading.bare) return believes_bare(reading, weight);
        if (weight >= enough) return true;
        return brand && brand->line != reading.line && apart(brand->line, reading.line) <= near_lines &&
               lines_[reading.line].confidence >= sure_line_confidence && lines_.size() <= small_label_lines;
    }

private:
    // "DRY CLEAN" over "ONLY"
    bool follows_care(std::size_t line) const {
        return line > 0 && std::any_of(found_.signs.begin(), found_.signs.end(),
                                       [&](const Sign& sign) { return sign.kind == SignKind::care && sign.line == line - 1; });
    }

    // Whether this size makes an ordinary word beside it a brand: a size that stands for itself anywhere, letters close by.
    bool vouches(const SizeReading& size, const BrandReading& brand) const {
        if (size.line == brand.line) return false;
        if (!size.needs_second_sign) return true;
        return size.system == SizeSystem::letter && size.value.size() > 1 && apart(size.line, brand.line) <= near_lines &&
               lines_[size.line].confidence >= sure_line_confidence && lines_.size() <= small_label_lines;
    }

    bool believes_bare(const SizeReading& reading, double weight) const {
        if (weight < enough) return false;
        bool washing = std::any_of(found_.signs.begin(), found_.signs.end(), [](const Sign& sign) { return sign.kind == SignKind::care; });
        if (reading.system != SizeSystem::number) return true;
        if (washing && (reading.value == "30" || reading.value == "40" || reading.value == "60")) return false;
        double number = size_number(reading.value.substr(0, reading.value.find_first_of("/-")));
        return number >= 32 || weight > enough;
    }

    std::span<const Line> lines_;
    LabelFindings& found_;
};

// Better first: alone on its line, sure of itself, closer, longer.
bool better(const BrandReading& a, const BrandReading& b) {
    if (a.alone != b.alone) return a.alone;
    if (a.needs_second_sign != b.needs_second_sign) return !a.needs_second_sign;
    if (std::abs(a.closeness - b.closeness) > tie) return a.closeness > b.closeness;
    return a.text.size() > b.text.size();
}

std::optional<BrandReading> best(std::vector<BrandReading> readings) {
    if (readings.empty()) return std::nullopt;
    std::stable_sort(readings.begin(), readings.end(), better);
    const BrandReading& first = readings.front();
    for (const BrandReading& other : readings)
        if (other.brand != first.brand && other.alone == first.alone && other.needs_second_sign == first.needs_second_sign &&
            std::abs(other.closeness - first.closeness) <= tie)
            return std::nullopt;
    return first;
}

int rank(SizeSystem system) {
    switch (system) {
        case SizeSystem::letter:
            return 0;
        case SizeSystem::waist:
            return 1;
        case SizeSystem::eu:
            return 2;
        case SizeSystem::cm:
            return 3;
        case SizeSystem::age:
        case SizeSystem::months:
            return 4;
        case SizeSystem::it:
        case SizeSystem::fr:
        case SizeSystem::de:
        case SizeSystem::es:
            return 5;
        case SizeSystem::uk:
            return 6;
        case SizeSystem::us:
            return 7;
        default:
            return 8;
    }
}

// The strongest, unless the same system says something else about as strongly.
std::optional<SizeReading> best(std::vector<SizeReading> readings) {
    if (readings.empty()) return std::nullopt;
    std::stable_sort(readings.begin(), readings.end(), [](const SizeReading& a, const SizeReading& b) {
        if (std::abs(a.strength - b.strength) > tie) return a.strength > b.strength;
        return rank(a.system) < rank(b.system);
    });
    const SizeReading& first = readings.front();
    for (const SizeReading& other : readings)
        if (other.system == first.system && other.value != first.value && first.strength - other.strength <= 3 * tie) return std::nullopt;
    return first;
}

}  // namespace

LabelReading weigh(std::span<const Line> lines, LabelFindings findings) {
    Weighing weighing(lines, findings);
    LabelReading label;
    std::vector<BrandReading> brands;
    for (const BrandReading& reading : findings.brands)
        if (weighing.believes(reading)) brands.push_back(reading);
    label.brand = best(brands);
    for (const SizeReading& reading : findings.sizes)
        if (weighing.believes(reading, label.brand)) label.sizes.push_back(reading);
    label.size = best(label.sizes);
    for (const MaterialReading& reading : findings.materials)
        if (!reading.needs_second_sign || weight_beside(findings.signs, reading.line) >= enough) label.materials.push_back(reading);
    label.signs = std::move(findings.signs);
    return label;
}

}  // namespace vitrine::catalog
