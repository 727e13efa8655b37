#include <cassert>
#include <stdexcept>

#include "store/database.hpp"

namespace vitrine::store {
namespace {

// Asserts where asserts are on; elsewhere the door (request, job, main) catches it and nothing undefined happens.
[[noreturn]] void programming_error(std::string_view column, std::string_view what) {
    assert(!"a row was asked for a column it does not have, or as another type");
    throw std::logic_error(fmt::format("column \"{}\" {}", column, what));
}

template <class T>
const T& as(const Bind::Variant& value, std::string_view column, std::string_view type) {
    if (const T* held = std::get_if<T>(&value)) return *held;
    programming_error(column, fmt::format("is not {}", type));
}

}  // namespace

const Bind::Variant& Row::at(std::string_view column) const {
    for (std::size_t i = 0; i < names_->size(); ++i)
        if ((*names_)[i] == column) return values_[i];
    programming_error(column, "is not in the answer");
}

bool Row::is_null(std::string_view column) const {
    return std::holds_alternative<std::nullptr_t>(at(column));
}
std::int64_t Row::whole(std::string_view column) const {
    return as<std::int64_t>(at(column), column, "a whole number");
}
const std::string& Row::text(std::string_view column) const {
    return as<std::string>(at(column), column, "a text");
}
const std::vector<std::uint8_t>& Row::bytes(std::string_view column) const {
    return as<std::vector<std::uint8_t>>(at(column), column, "bytes");
}
double Row::real(std::string_view column) const {
    // An expression such as sum() is whole when its terms are.
    const auto& value = at(column);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return as<double>(value, column, "a real");
}

std::optional<std::int64_t> Row::whole_if(std::string_view column) const {
    return is_null(column) ? std::nullopt : std::optional(whole(column));
}
std::optional<double> Row::real_if(std::string_view column) const {
    return is_null(column) ? std::nullopt : std::optional(real(column));
}
std::optional<std::string> Row::text_if(std::string_view column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
}
std::optional<Time> Row::time_if(std::string_view column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

Result<json::Value> Row::json(std::string_view column) const {
    auto value = json::parse(text(column));
    if (!value)
        return Error{Kind::corrupt, "store.corrupt", "A row holds damaged JSON; run \"vitrine doctor\" to see what can be saved.",
                     std::string(column)};
    return value;
}

}  // namespace vitrine::store
