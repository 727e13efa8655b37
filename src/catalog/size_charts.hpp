#pragma once
// Size systems, and which sizes of different systems are the same.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/categories.hpp"
#include "catalog/language.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

// number is a bare number of which nobody said whose it is; waist is "W32" or "W32 L34"; cm is a body height (children),
// neck or head; age is in years. one_size and bra ("75B") take part in no chart as they stand.
enum class SizeSystem { letter, eu, fr, es, it, de, uk, us, waist, cm, age, months, inch, number, one_size, bra };

std::string_view name_of(SizeSystem);  // "eu"
std::optional<SizeSystem> size_system_of(std::string_view name);

// As a listing writes it: "M", "EU 38", "W32 L34", "104-110 cm", "6-7 years", "One size".
std::string size_text(SizeSystem, std::string_view value, Language);

enum class Audience { women, men, children };

class SizeCharts {
public:
    // Errors: catalog.bad_data.
    static Result<SizeCharts> load(std::span<const EmbeddedFile> files);

    // The chart for things of this family on this wearer, or empty where there is none.
    static std::string_view chart_for(SizeFamily, Audience);

    // The same size in another system, or none: the chart does not have it, or it has more than one answer.
    // A waist is converted by its first number ("W32 L34" as 32).
    std::optional<std::string> convert(std::string_view chart, SizeSystem from, std::string_view value, SizeSystem to) const;

    // Whether a chart has this size; tells 38 on a dress from 138.
    bool has(std::string_view chart, SizeSystem system, std::string_view value) const;

private:
    static constexpr std::size_t system_count = 13;  // letter to inch: those with a column
    using ChartRow = std::array<std::string_view, system_count>;
    const std::vector<ChartRow>& rows_of(std::string_view chart) const;

    std::unordered_map<std::string, std::vector<ChartRow>> charts_;
};

}  // namespace vitrine::catalog
