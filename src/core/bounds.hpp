#pragma once
// Field types that carry their bounds, so that the check, the error and the OpenAPI schema are one thing.

#include <cstdint>
#include <optional>
#include <string>

namespace vitrine {

// A string of Min to Max Unicode code points, valid UTF-8, without NUL.
template <std::size_t Min, std::size_t Max>
struct Text {
    static constexpr std::size_t min = Min, max = Max;
    std::string value;

    Text() = default;
    Text(std::string text) : value(std::move(text)) {}
    Text(const char* text) : value(text) {}
    operator const std::string&() const { return value; }
    bool operator==(const Text&) const = default;
};

// A whole number from Low to High.
template <std::int64_t Low, std::int64_t High>
struct Bounded {
    static constexpr std::int64_t low = Low, high = High;
    std::int64_t value = Low;

    Bounded() = default;
    Bounded(std::int64_t number) : value(number) {}
    operator std::int64_t() const { return value; }
    bool operator==(const Bounded&) const = default;
};

// For PATCH bodies, std::optional<Nullable<T>>: absent leaves the field, null clears it, a value sets it.
template <class T>
struct Nullable {
    std::optional<T> value;
    bool operator==(const Nullable&) const = default;
};

}  // namespace vitrine
