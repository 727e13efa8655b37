#include "catalog/size_charts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/table.hpp"

namespace vitrine::catalog {
namespace {

constexpr std::string_view system_names[] = {"letter", "eu", "fr",  "es",     "it",   "de",     "uk",       "us",
                                             "waist",  "cm", "age", "months", "inch", "number", "one_size", "bra"};

// "W32 L34" -> "32"
std::string_view waist_number(std::string_view value) {
    if (value.starts_with('W')) value.remove_prefix(1);
    return value.substr(0, value.find(' '));
}

}  // namespace

std::string_view name_of(SizeSystem system) {
    return system_names[static_cast<std::size_t>(system)];
}

std::optional<SizeSystem> size_system_of(std::string_view name) {
    auto found = std::find(std::begin(system_names), std::end(system_names), name);
    if (found == std::end(system_names)) return std::nullopt;
    return static_cast<SizeSystem>(found - std::begin(system_names));
}

std::string size_text(SizeSystem system, std::string_view value, Language language) {
    auto in = [&](std::string_view en, std::string_view it, std::string_view fr, std::string_view de, std::string_view es) {
        return std::array{en, it, fr, de, es}[static_cast<std::size_t>(language)];
    };
    switch (system) {
        case SizeSystem::eu:
            return fmt::format("EU {}", value);
        case SizeSystem::fr:
            return fmt::format("FR {}", value);
        case SizeSystem::es:
            return fmt::format("ES {}", value);
        case SizeSystem::it:
            return fmt::format("IT {}", value);
        case SizeSystem::de:
            return fmt::format("DE {}", value);
        case SizeSystem::uk:
            return fmt::format("UK {}", value);
        case SizeSystem::us:
            return fmt::format("US {}", value);
        case SizeSystem::cm:
            return fmt::format("{} cm", value);
        case SizeSystem::inch:
            return fmt::format("{}\"", value);
        case SizeSystem::age:
            return fmt::format("{} {}", value, in("years", "anni", "ans", "Jahre", "años"));
        case SizeSystem::months:
            return fmt::format("{} {}", value, in("months", "mesi", "mois", "Monate", "meses"));
        case SizeSystem::one_size:
            return std::string(in("One size", "Taglia unica", "Taille unique", "Einheitsgröße", "Talla única"));
        case SizeSystem::letter:
        case SizeSystem::waist:
        case SizeSystem::number:
        case SizeSystem::bra:
            return std::string(value);
    }
    return std::string(value);
}

Result<SizeCharts> SizeCharts::load(std::span<const EmbeddedFile> files) {
    SizeCharts loaded;
    auto file = TRY(find_file(files, "data/sizes.tsv"));
    auto rows = TRY(read_table(file, {"chart", "letter", "eu", "fr", "es", "it", "de", "uk", "us", "w", "cm", "age", "months", "in"}));
    for (const Row& row : rows) {
        ChartRow sizes;
        std::copy(row.cells.begin() + 1, row.cells.end(), sizes.begin());
        if (std::count_if(sizes.begin(), sizes.end(), [](std::string_view size) { return !size.empty(); }) < 2)
            return bad_row(file, row, "One size alone says nothing.");
        loaded.charts_[std::string(row.cells[0])].push_back(sizes);
    }
    return loaded;
}

std::string_view SizeCharts::chart_for(SizeFamily family, Audience audience) {
    auto by = [&](std::string_view women, std::string_view men, std::string_view children) {
        return audience == Audience::women ? women : audience == Audience::men ? men : children;
    };
    switch (family) {
        case SizeFamily::none:
            return "";
        case SizeFamily::top:
            return by("women", "men", "child");
        case SizeFamily::bottom:
            return by("women", "men_trousers", "child");
        case SizeFamily::shoes:
            return by("women_shoes", "men_shoes", "child_shoes");
        case SizeFamily::head:
            return "head";
        case SizeFamily::bra:
            return "bra_band";
    }
    return "";
}

const std::vector<SizeCharts::ChartRow>& SizeCharts::rows_of(std::string_view chart) const {
    static const std::vector<ChartRow> none;
    auto found = charts_.find(std::string(chart));
    return found == charts_.end() ? none : found->second;
}

std::optional<std::string> SizeCharts::convert(std::string_view chart, SizeSystem from, std::string_view value, SizeSystem to) const {
    auto from_column = static_cast<std::size_t>(from), to_column = static_cast<std::size_t>(to);
    if (from_column >= system_count || to_column >= system_count) return std::nullopt;
    if (from == to) return std::string(value);
    if (from == SizeSystem::waist) value = waist_number(value);
    bool letters = from == SizeSystem::letter || to == SizeSystem::letter;
    for (const std::string& table : {std::string(chart), fmt::format("{}_{}", chart, letters ? "letters" : "also")}) {
        std::string_view answer;
        for (const ChartRow& row : rows_of(table)) {
            if (row[from_column] != value || row[to_column].empty() || row[to_column] == answer) continue;
            if (!answer.empty()) return std::nullopt;  // two answers are none
            answer = row[to_column];
        }
        if (!answer.empty()) return to == SizeSystem::waist ? fmt::format("W{}", answer) : std::string(answer);
    }
    return std::nullopt;
}

bool SizeCharts::has(std::string_view chart, SizeSystem system, std::string_view value) const {
    auto column = static_cast<std::size_t>(system);
    if (column >= system_count) return false;
    if (system == SizeSystem::waist) value = waist_number(value);
    auto holds = [&](const ChartRow& row) { return row[column] == value; };
    for (const std::string& table : {std::string(chart), fmt::format("{}_letters", chart), fmt::format("{}_also", chart)})
        if (const auto& rows = rows_of(table); std::any_of(rows.begin(), rows.end(), holds)) return true;
    return false;
}

}  // namespace vitrine::catalog
