#include "listing/compose_label.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "listing/phrases.hpp"

namespace vitrine::listing {
namespace {

// A label's reading must be at least this sure; below it the field asks for a better photo.
constexpr double label_confidence_min = 0.6;

// One photo's text and what the catalogue makes of it.
struct ReadPhoto {
    const SeenPhoto* photo = nullptr;
    catalog::LabelReading label;

    const vision::TextLine& line(std::size_t index) const { return photo->findings.text->lines[index]; }
    Evidence evidence(std::size_t index, std::string_view why) const {
        return {photo->id, line(index).box, line(index).text, fmt::format(fmt::runtime(why), line(index).text)};
    }
};

std::vector<ReadPhoto> read_all(const std::vector<SeenPhoto>& photos, const catalog::Catalog& catalog, const catalog::Category* category) {
    std::vector<ReadPhoto> all;
    for (const auto& photo : photos) {
        if (!photo.findings.text || photo.findings.text->lines.empty()) continue;
        std::vector<catalog::Line> lines;
        for (const auto& line : photo.findings.text->lines) lines.push_back({line.text, static_cast<float>(line.confidence)});
        all.push_back({&photo, catalog.read_label(lines, category)});
    }
    return all;
}

// A value read in one photo, and how sure the reading is.
template <class T>
struct Reading {
    T value;
    double confidence = 0;
    Evidence evidence;
};

// The surest reading fills the field, unless another photo says something else just as surely: then nobody knows.
template <class T>
void fill(Field<T>& field, std::vector<Reading<T>> readings, std::string_view ask) {
    field.ask = std::string(ask);
    std::ranges::stable_sort(readings, std::greater{}, &Reading<T>::confidence);
    if (readings.empty() || readings.front().confidence < label_confidence_min) return;
    constexpr double clear_margin = 0.15;
    for (const auto& other : readings)
        if (!(other.value == readings.front().value) && other.confidence > readings.front().confidence - clear_margin) return;
    field.value = readings.front().value;
    field.confidence = readings.front().confidence;
    field.source = Source::label_text;
    field.ask.reset();
    for (const auto& reading : readings)
        if (reading.value == *field.value) field.evidence.push_back(reading.evidence);
}

// Whether this photo is of a label: something only labels say stands near the name, or the photo shows no whole garment.
// A name on a whole garment with nothing of the kind near it is print, and prints name other makers, teams and places.
bool is_of_label(const ReadPhoto& read, std::size_t brand_line) {
    constexpr double enough = 1;  // as label.hpp weighs signs
    bool says_more = read.label.size || catalog::weight_beside(read.label.signs, brand_line) >= enough;
    const auto& kinds = read.photo->findings.kinds;
    return says_more || !kinds || !kinds->category.value || kinds->kind.value != "clothing";
}

// The name that prints agree on: a question with its evidence, never a value.
void suggest(Field<std::string>& brand, std::vector<Reading<std::string>> printed, std::string_view ask) {
    std::erase_if(printed, [](const auto& reading) { return reading.confidence < label_confidence_min; });
    if (brand.value || printed.empty()) return;
    for (const auto& other : printed)
        if (other.value != printed.front().value) return;
    brand.ask = fmt::format(fmt::runtime(ask), printed.front().value);
    for (const auto& reading : printed) brand.evidence.push_back(reading.evidence);
}

// The first complete composition of a photo's label: outer fabric before lining.
std::optional<Reading<std::vector<Material>>> materials_of(const ReadPhoto& read, std::string_view why) {
    const auto& found = read.label.materials;
    if (found.empty()) return std::nullopt;
    auto group = found.front().group;
    for (const auto& reading : found)
        if (is_complete(found, reading.group)) {
            group = reading.group;
            break;
        }
    Reading<std::vector<Material>> reading;
    reading.confidence = 1;
    for (const auto& material : found) {
        if (material.group != group) continue;
        if (reading.value.empty()) reading.evidence = read.evidence(material.line, why);
        std::optional<Bounded<1, 100>> percent;
        if (material.percent) percent = *material.percent;
        reading.value.push_back({std::string(material.fibre), percent});
        reading.confidence = std::min(reading.confidence, read.line(material.line).confidence);
    }
    if (!is_complete(found, group)) reading.confidence *= 0.8;
    return reading;
}

}  // namespace

void fill_from_labels(Fields& fields, const std::vector<SeenPhoto>& photos, const catalog::Catalog& catalog, Language language) {
    const auto& say = phrases(language);
    const auto* category = fields.category.value ? catalog.category(*fields.category.value) : nullptr;
    std::vector<Reading<std::string>> brands, printed, sizes;
    std::vector<Reading<std::vector<Material>>> materials;
    for (const auto& read : read_all(photos, catalog, category)) {
        if (const auto& brand = read.label.brand) {
            bool label = is_of_label(read, brand->line);
            (label ? brands : printed)
                .push_back({std::string(brand->brand->name), brand->closeness * read.line(brand->line).confidence,
                            read.evidence(brand->line, label ? say.why_brand : say.why_printed)});
        }
        if (const auto& size = read.label.size)
            sizes.push_back({size->display, read.line(size->line).confidence, read.evidence(size->line, say.why_size)});
        if (auto composition = materials_of(read, say.why_materials)) materials.push_back(std::move(*composition));
    }
    bool has_size = !category || category->applies.size;
    bool has_brand = !category || category->applies.brand;
    fill(fields.brand, std::move(brands), has_brand ? say.ask_brand : "");
    suggest(fields.brand, std::move(printed), say.ask_printed_brand);
    fill(fields.size, has_size ? std::move(sizes) : std::vector<Reading<std::string>>{}, has_size ? say.ask_size : "");
    fill(fields.materials, std::move(materials), say.ask_materials);
    if (fields.size.ask && fields.size.ask->empty()) fields.size.ask.reset();
    if (fields.brand.ask && fields.brand.ask->empty()) fields.brand.ask.reset();
}

}  // namespace vitrine::listing
