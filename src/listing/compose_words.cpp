#include "listing/compose_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "listing/phrases.hpp"

namespace vitrine::listing {
namespace {

std::string lower_first(std::string_view text) {
    // "T-shirt" and "UV jacket" keep their capitals; "Jeans" becomes "jeans".
    std::string out(text);
    if (out.size() > 1 && std::isupper(static_cast<unsigned char>(out[0])) && std::islower(static_cast<unsigned char>(out[1])))
        out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

// "blue and white"
std::string colour_words(const Fields& fields, const catalog::Catalog& catalog, Language language) {
    if (!fields.colours.value || fields.colours.value->empty()) return {};
    std::vector<std::string> names;
    for (const auto& key : *fields.colours.value) names.push_back(lower(catalog.colour_name(key, catalogue(language))));
    if (names.size() == 1) return names.front();
    auto last = names.back();
    names.pop_back();
    return fmt::format("{} {} {}", fmt::join(names, ", "), phrases(language).and_word, last);
}

// "60 % cotton, 40 % polyester"
std::string material_words(const Fields& fields, const catalog::Catalog& catalog, Language language) {
    if (!fields.materials.value) return {};
    std::vector<std::string> parts;
    for (const auto& material : *fields.materials.value) {
        auto name = lower(catalog.fibre_name(material.fibre, catalogue(language)));
        parts.push_back(material.percent ? fmt::format("{} % {}", material.percent->value, name) : name);
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

// English: "Levi's jeans, blue, size W32 L34". Italian: "Jeans Levi's blu, taglia W32 L34".
std::string title_of(const Fields& fields, const std::string& thing, const catalog::Catalog& catalog, Language language) {
    auto colour = colour_words(fields, catalog, language);
    std::string title;
    if (language == Language::it) {
        title = fields.brand.value ? fmt::format("{} {}", thing, *fields.brand.value) : thing;
        if (!colour.empty()) title += " " + colour;
    } else {
        title = fields.brand.value ? fmt::format("{} {}", *fields.brand.value, lower_first(thing)) : thing;
        if (!colour.empty()) title += ", " + colour;
    }
    if (fields.size.value) title += ", " + fmt::format(fmt::runtime(phrases(language).title_size), *fields.size.value);
    return title;
}

std::string description_of(const Fields& fields, const std::string& thing, const catalog::Catalog& catalog, Language language) {
    const auto& say = phrases(language);
    std::string text = fields.brand.value ? (language == Language::it ? fmt::format("{} {}.", thing, *fields.brand.value)
                                                                      : fmt::format("{} {}.", *fields.brand.value, lower_first(thing)))
                                          : thing + ".";
    auto line = [&](std::string_view format, const std::string& value) {
        if (!value.empty()) text += "\n" + fmt::format(fmt::runtime(format), value);
    };
    line(say.line_size, fields.size.value.value_or(""));
    line(say.line_colour, colour_words(fields, catalog, language));
    line(say.line_materials, material_words(fields, catalog, language));
    if (fields.condition.value) line(say.line_condition, std::string(catalog.condition_name(*fields.condition.value, catalogue(language))));
    return text;
}

std::vector<std::string> tags_of(const Fields& fields, const std::string& thing, const catalog::Catalog& catalog, Language language) {
    std::vector<std::string> tags;
    auto add = [&](std::string_view text) {
        auto tag = lower(text);
        if (!tag.empty() && tag.size() <= 40 && std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
    };
    add(thing);
    if (fields.brand.value) add(*fields.brand.value);
    if (fields.colours.value)
        for (const auto& key : *fields.colours.value) add(catalog.colour_name(key, catalogue(language)));
    if (fields.materials.value)
        for (const auto& material : *fields.materials.value) add(catalog.fibre_name(material.fibre, catalogue(language)));
    return tags;
}

template <class T>
void set(Field<T>& field, T value, double confidence, std::string_view why) {
    field.value = std::move(value);
    field.confidence = confidence;
    field.source = Source::composed;
    field.ask.reset();
    field.evidence = {{{}, {}, {}, std::string(why)}};
}

}  // namespace

void fill_words(Fields& into, const Fields& from, const catalog::Catalog& catalog, Language language, const std::string& product) {
    const auto& say = phrases(language);
    into.title = {}, into.description = {}, into.tags = {};
    const auto* category = from.category.value ? catalog.category(*from.category.value) : nullptr;
    if (!category) {
        into.title.ask = say.ask_title;
        into.description.ask = say.ask_title;
        return;
    }
    auto thing = product.empty() ? std::string(category->names.shown(catalogue(language))) : product;
    // The texts are as sure as the least sure field they name.
    double confidence = from.category.confidence;
    for (double part : {from.brand.value ? from.brand.confidence : 1, from.size.value ? from.size.confidence : 1,
                        from.colours.value ? from.colours.confidence : 1})
        confidence = std::min(confidence, part);
    set(into.title, title_of(from, thing, catalog, language), confidence, say.why_composed);
    set(into.description, description_of(from, thing, catalog, language), confidence, say.why_composed);
    set(into.tags, tags_of(from, thing, catalog, language), confidence, say.why_composed);
}

}  // namespace vitrine::listing
