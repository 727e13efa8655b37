#include "listing/corrections.hpp"

#include <fmt/format.h>

#include <boost/mp11.hpp>

#include "core/json.hpp"

namespace vitrine::listing {
namespace {

using boost::mp11::mp_for_each;
using CorrectionMembers = boost::describe::describe_members<Corrections, boost::describe::mod_public>;
using FieldMembers = boost::describe::describe_members<Fields, boost::describe::mod_public>;

// A bounded text of the API becomes the plain value of the field.
template <std::size_t Min, std::size_t Max>
std::string plain(const Text<Min, Max>& text) {
    return text.value;
}
template <std::size_t Min, std::size_t Max>
std::vector<std::string> plain(const std::vector<Text<Min, Max>>& texts) {
    std::vector<std::string> values;
    for (const auto& text : texts) values.push_back(text.value);
    return values;
}
template <class T>
T plain(const T& value) {
    return value;
}

template <class T, class P>
void lay_over(Field<T>& field, const std::optional<Nullable<P>>& correction) {
    if (!correction || !correction->value) return;
    field.machine = std::move(field.value);
    field.value = plain(*correction->value);
    field.confidence = 1;
    field.source = Source::person;
    field.ask.reset();
}

bool is_missing_named(std::string_view name) {
    // A draft without tags or materials is complete; these only help.
    return name != "tags" && name != "materials";
}

Error unknown(std::string_view code, std::string_view what, std::string_view value, std::string_view path) {
    return {Kind::invalid, std::string(code), fmt::format("The catalogue has no {} \"{}\".", what, value), std::string(path)};
}

}  // namespace

Fields overlay(Fields machine, const Corrections& in_force) {
    lay_over(machine.category, in_force.category);
    lay_over(machine.brand, in_force.brand);
    lay_over(machine.size, in_force.size);
    lay_over(machine.colours, in_force.colours);
    lay_over(machine.materials, in_force.materials);
    lay_over(machine.condition, in_force.condition);
    lay_over(machine.title, in_force.title);
    lay_over(machine.description, in_force.description);
    lay_over(machine.tags, in_force.tags);
    lay_over(machine.price, in_force.price);
    return machine;
}

Corrections merge(Corrections in_force, const Corrections& patch) {
    mp_for_each<CorrectionMembers>([&](auto member) {
        const auto& change = patch.*member.pointer;
        if (!change) return;
        if constexpr (requires { change->value; }) {
            if (change->value)
                in_force.*member.pointer = change;
            else
                (in_force.*member.pointer).reset();
        }
    });
    in_force.language.reset();  // the listing's own columns
    in_force.market.reset();
    return in_force;
}

std::vector<Correction> corrections_of(const Fields& machine, const Corrections& patch) {
    auto seen = json::write(machine).as_object();
    std::vector<Correction> list;
    mp_for_each<CorrectionMembers>([&](auto member) {
        const auto& change = patch.*member.pointer;
        if (!change) return;
        if constexpr (requires { change->value; }) {
            Correction correction{member.name, nullptr, json::write(*change)};
            if (const auto* field = seen.if_contains(member.name))
                if (const auto* value = field->as_object().if_contains("value")) correction.machine = *value;
            list.push_back(std::move(correction));
        }
    });
    return list;
}

std::vector<std::string> missing(const Fields& fields) {
    std::vector<std::string> names;
    mp_for_each<FieldMembers>([&](auto member) {
        if (!(fields.*member.pointer).value && is_missing_named(member.name)) names.emplace_back(member.name);
    });
    return names;
}

Result<void> check(const Corrections& corrections, const catalog::Catalog& catalog) {
    if (corrections.category && corrections.category->value && !catalog.category(corrections.category->value->value))
        return unknown("listing.unknown_category", "category", corrections.category->value->value, "$.category");
    if (corrections.condition && corrections.condition->value && !catalog.condition(corrections.condition->value->value))
        return unknown("listing.unknown_condition", "condition", corrections.condition->value->value, "$.condition");
    if (corrections.colours && corrections.colours->value)
        for (const auto& colour : *corrections.colours->value)
            if (!catalog.colour(colour.value)) return unknown("listing.unknown_colour", "colour", colour.value, "$.colours");
    if (corrections.materials && corrections.materials->value)
        for (const auto& material : *corrections.materials->value)
            if (!catalog.fibre(material.fibre)) return unknown("listing.unknown_fibre", "fibre", material.fibre, "$.materials");
    return {};
}

}  // namespace vitrine::listing
