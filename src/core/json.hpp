#pragma once
// JSON: one reader, one writer and one schema over Boost.Describe, for described structs and enums, std::optional,
// std::vector, std::map<std::string, T>, Text, Bounded, Nullable, Id, Time, Money and plain values.
//
//   struct Draft { std::string title; std::optional<Money> price; };
//   BOOST_DESCRIBE_STRUCT(Draft, (), (title, price))
//   json::Value out = json::write(draft);            // an absent optional is left out
//   Result<Draft> in = json::read<Draft>(value);     // absent or null optional = nullopt; an unknown field is an error
//   json::Value schema = json::schema<Draft>();      // JSON Schema 2020-12, as OpenAPI 3.1 takes it
//
// Errors: body.malformed (not JSON), body.field (wrong type, out of bounds, missing, unknown); `path` names the place,
// like "$.photos[2].id".

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "core/bounds.hpp"
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/money.hpp"
#include "core/result.hpp"

namespace vitrine::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

// At most 32 levels deep; UTF-8 is checked. Errors: body.malformed with the byte where reading stopped.
Result<Value> parse(std::string_view text);
std::string print(const Value&);
std::string print_pretty(const Value&);

namespace detail {

template <template <class...> class Template, class T>
inline constexpr bool is_a = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_a<Template, Template<Args...>> = true;

template <class T>
inline constexpr bool is_text = false;
template <std::size_t Min, std::size_t Max>
inline constexpr bool is_text<Text<Min, Max>> = true;
template <class T>
inline constexpr bool is_bounded = false;
template <std::int64_t Low, std::int64_t High>
inline constexpr bool is_bounded<Bounded<Low, High>> = true;
template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<Id<Tag>> = true;
template <class T>
inline constexpr bool is_string_map = false;
template <class T>
inline constexpr bool is_string_map<std::map<std::string, T>> = true;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept described_struct = boost::describe::has_describe_members<T>::value;

template <class T>
using members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

// "vitrine::listing::Draft" -> "ListingDraft": the name of the type in OpenAPI and in the clients generated from it.
std::string schema_title(const std::type_info&);

Error wrong(std::string_view path, std::string expected);
Result<void> check_text(std::string_view text, std::size_t min, std::size_t max, std::string_view path);

}  // namespace detail

// --- enums by name -------------------------------------------------------------------------------------------------

template <detail::described_enum E>
std::string_view enum_name(E value) {
    return boost::describe::enum_to_string(value, "?");
}

template <detail::described_enum E>
std::optional<E> enum_of(std::string_view name) {
    E value{};
    if (boost::describe::enum_from_string(std::string(name).c_str(), value)) return value;
    return std::nullopt;
}

template <detail::described_enum E>
std::vector<std::string> enum_names() {
    std::vector<std::string> names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) { names.emplace_back(d.name); });
    return names;
}

// --- write ---------------------------------------------------------------------------------------------------------

template <class T>
Value write(const T& from) {
    using namespace detail;
    if constexpr (std::is_same_v<T, Value>)
        return from;
    else if constexpr (std::is_same_v<T, Object>)
        return from;
    else if constexpr (std::is_same_v<T, bool>)
        return from;
    else if constexpr (std::is_integral_v<T>)
        return static_cast<std::int64_t>(from);
    else if constexpr (std::is_floating_point_v<T>)
        return static_cast<double>(from);
    else if constexpr (std::is_convertible_v<const T&, std::string_view> && !is_text<T>)
        return boost::json::string(std::string_view(from));
    else if constexpr (is_text<T>)
        return boost::json::string(from.value);
    else if constexpr (is_bounded<T>)
        return from.value;
    else if constexpr (is_id<T>)
        return boost::json::string(to_string(from));
    else if constexpr (std::is_same_v<T, Time>)
        return boost::json::string(to_string(from));
    else if constexpr (std::is_same_v<T, Money>)
        return Object{{"amount", from.amount}, {"currency", from.currency.text()}};
    else if constexpr (described_enum<T>)
        return boost::json::string(enum_name(from));
    else if constexpr (is_a<std::optional, T>)
        return from ? write(*from) : Value(nullptr);
    else if constexpr (is_a<Nullable, T>)
        return from.value ? write(*from.value) : Value(nullptr);
    else if constexpr (is_a<std::vector, T>) {
        Array array;
        array.reserve(from.size());
        for (const auto& item : from) array.push_back(write(item));
        return array;
    } else if constexpr (is_string_map<T>) {
        Object object;
        for (const auto& [key, value] : from) object[key] = write(value);
        return object;
    } else {
        static_assert(described_struct<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        Object object;
        boost::mp11::mp_for_each<members<T>>([&](auto d) {
            const auto& member = from.*d.pointer;
            if constexpr (is_a<std::optional, std::remove_cvref_t<decltype(member)>>) {
                if (!member) return;
            }
            object[d.name] = write(member);
        });
        return object;
    }
}

// --- read ----------------------------------------------------------------------------------------------------------

template <class T>
Result<T> read(const Value& from, const std::string& path = "$") {
    using namespace detail;
    if constexpr (std::is_same_v<T, Value>)
        return from;
    else if constexpr (std::is_same_v<T, Object>) {
        if (!from.is_object()) return wrong(path, "an object");
        return from.get_object();
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!from.is_bool()) return wrong(path, "true or false");
        return from.get_bool();
    } else if constexpr (std::is_integral_v<T>) {
        boost::json::error_code error;
        auto number = from.to_number<T>(error);
        if (error || from.is_double()) return wrong(path, "a whole number");
        return number;
    } else if constexpr (std::is_floating_point_v<T>) {
        if (!from.is_number()) return wrong(path, "a number");
        return from.to_number<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!from.is_string()) return wrong(path, "a text");
        TRY(check_text(from.get_string(), 0, 1'000'000, path));
        return std::string(from.get_string());
    } else if constexpr (is_text<T>) {
        if (!from.is_string()) return wrong(path, "a text");
        TRY(check_text(from.get_string(), T::min, T::max, path));
        return T{std::string(from.get_string())};
    } else if constexpr (is_bounded<T>) {
        auto number = TRY(read<std::int64_t>(from, path));
        if (number < T::low || number > T::high) return wrong(path, fmt::format("a whole number from {} to {}", T::low, T::high));
        return T{number};
    } else if constexpr (is_id<T>) {
        if (!from.is_string()) return wrong(path, "an id");
        auto id = T::parse(from.get_string());
        if (!id) return wrong(path, "an id like 019a7b1c-2f00-7abc-8def-0123456789ab");
        return *id;
    } else if constexpr (std::is_same_v<T, Time>) {
        if (!from.is_string()) return wrong(path, "a time like 2026-11-21T11:32:46Z");
        auto time = parse_time(from.get_string());
        if (!time) return wrong(path, "a time like 2026-11-21T11:32:46Z");
        return *time;
    } else if constexpr (std::is_same_v<T, Money>) {
        const Object* object = from.if_object();
        if (!object || !object->contains("amount") || !object->contains("currency") || object->size() != 2 ||
            !object->at("currency").is_string())
            return wrong(path, "money like {\"amount\": 1250, \"currency\": \"EUR\"}");
        Money money;
        money.amount = TRY(read<std::int64_t>(object->at("amount"), path + ".amount"));
        auto currency = Currency::parse(object->at("currency").get_string());
        if (!currency) return wrong(path + ".currency", "three capital letters, like EUR");
        money.currency = *currency;
        return money;
    } else if constexpr (described_enum<T>) {
        if (from.is_string())
            if (auto value = enum_of<T>(std::string_view(from.get_string()))) return *value;
        return wrong(path, fmt::format("one of {}", fmt::join(enum_names<T>(), ", ")));
    } else if constexpr (is_a<std::optional, T>) {
        using Inner = typename T::value_type;
        if constexpr (is_a<Nullable, Inner>)
            return T{TRY(read<Inner>(from, path))};
        else if (from.is_null())
            return T{};
        else
            return T{TRY(read<Inner>(from, path))};
    } else if constexpr (is_a<Nullable, T>) {
        using Inner = typename decltype(T::value)::value_type;
        if (from.is_null()) return T{};
        return T{TRY(read<Inner>(from, path))};
    } else if constexpr (is_a<std::vector, T>) {
        if (!from.is_array()) return wrong(path, "a list");
        T list;
        list.reserve(from.get_array().size());
        for (std::size_t i = 0; i < from.get_array().size(); ++i)
            list.push_back(TRY(read<typename T::value_type>(from.get_array()[i], fmt::format("{}[{}]", path, i))));
        return list;
    } else if constexpr (is_string_map<T>) {
        if (!from.is_object()) return wrong(path, "an object");
        T map;
        for (const auto& [key, value] : from.get_object())
            map[std::string(key)] = TRY(read<typename T::mapped_type>(value, fmt::format("{}.{}", path, std::string_view(key))));
        return map;
    } else {
        static_assert(described_struct<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        if (!from.is_object()) return wrong(path, "an object");
        const Object& object = from.get_object();
        T to{};
        std::optional<Error> error;
        std::size_t seen = 0;
        boost::mp11::mp_for_each<members<T>>([&](auto d) {
            if (error) return;
            using Member = std::remove_cvref_t<decltype(to.*d.pointer)>;
            const Value* value = object.if_contains(d.name);
            auto member_path = fmt::format("{}.{}", path, d.name);
            if (!value) {
                if constexpr (!is_a<std::optional, Member>) error = wrong(member_path, "a value; it is missing");
                return;
            }
            ++seen;
            auto member = read<Member>(*value, member_path);
            if (member)
                to.*d.pointer = std::move(*member);
            else
                error = member.error();
        });
        if (error) return *error;
        if (seen != object.size()) {
            for (const auto& [key, value] : object) {
                bool known = false;
                boost::mp11::mp_for_each<members<T>>([&](auto d) { known = known || key == d.name; });
                if (!known)
                    return Error{
                        Kind::invalid, "body.field",
                        fmt::format("The field \"{}\" is not known here; check its spelling or leave it out.", std::string_view(key)),
                        fmt::format("{}.{}", path, std::string_view(key))};
            }
        }
        return to;
    }
}

// Parses and reads in one step.
template <class T>
Result<T> read_text(std::string_view text) {
    return read<T>(TRY(parse(text)));
}

// --- schema --------------------------------------------------------------------------------------------------------

template <class T>
Value schema() {
    using namespace detail;
    if constexpr (std::is_same_v<T, Value>)
        return Object{};
    else if constexpr (std::is_same_v<T, Object>)
        return Object{{"type", "object"}};
    else if constexpr (std::is_same_v<T, bool>)
        return Object{{"type", "boolean"}};
    else if constexpr (std::is_integral_v<T>)
        return Object{{"type", "integer"}};
    else if constexpr (std::is_floating_point_v<T>)
        return Object{{"type", "number"}};
    else if constexpr (std::is_same_v<T, std::string>)
        return Object{{"type", "string"}};
    else if constexpr (is_text<T>)
        return Object{{"type", "string"}, {"minLength", T::min}, {"maxLength", T::max}};
    else if constexpr (is_bounded<T>)
        return Object{{"type", "integer"}, {"minimum", T::low}, {"maximum", T::high}};
    else if constexpr (is_id<T>)
        return Object{{"type", "string"}, {"format", "uuid"}};
    else if constexpr (std::is_same_v<T, Time>)
        return Object{{"type", "string"}, {"format", "date-time"}};
    else if constexpr (std::is_same_v<T, Money>)
        return Object{{"type", "object"},
                      {"required", Array{"amount", "currency"}},
                      {"additionalProperties", false},
                      {"properties", Object{{"amount", Object{{"type", "integer"}, {"description", "minor units: 1250 is 12.50 EUR"}}},
                                            {"currency", Object{{"type", "string"}, {"pattern", "^[A-Z]{3}$"}}}}}};
    else if constexpr (described_enum<T>) {
        Array names;
        for (const auto& name : enum_names<T>()) names.emplace_back(name);
        return Object{{"title", schema_title(typeid(T))}, {"type", "string"}, {"enum", names}};
    } else if constexpr (is_a<std::optional, T>)
        return schema<typename T::value_type>();
    else if constexpr (is_a<Nullable, T>)
        return Object{{"anyOf", Array{schema<typename decltype(T::value)::value_type>(), Object{{"type", "null"}}}}};
    else if constexpr (is_a<std::vector, T>)
        return Object{{"type", "array"}, {"items", schema<typename T::value_type>()}};
    else if constexpr (is_string_map<T>)
        return Object{{"type", "object"}, {"additionalProperties", schema<typename T::mapped_type>()}};
    else {
        static_assert(described_struct<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        Object properties;
        Array required;
        boost::mp11::mp_for_each<members<T>>([&](auto d) {
            using Member = std::remove_cvref_t<decltype(std::declval<T>().*d.pointer)>;
            properties[d.name] = schema<Member>();
            if constexpr (!is_a<std::optional, Member>) required.emplace_back(d.name);
        });
        Object object{{"title", schema_title(typeid(T))}, {"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
        if (!required.empty()) object["required"] = required;
        return object;
    }
}

}  // namespace vitrine::json
