#include "app/labels_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace vitrine::app {
namespace {

std::vector<std::string> split(std::string line) {
    if (line.ends_with('\r')) line.pop_back();
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"')
            cells.back() += line[++i];
        else if (line[i] == '"')
            quoted = !quoted;
        else if (line[i] == ',' && !quoted)
            cells.emplace_back();
        else
            cells.back() += line[i];
    }
    return cells;
}

Result<std::filesystem::path> find_photo(const std::filesystem::path& folder, const std::string& image, int row) {
    std::error_code ignored;
    for (const char* ending : {"", ".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif", ".JPG"})
        if (auto path = folder / (image + ending); std::filesystem::is_regular_file(path, ignored)) return path;
    return Error{Kind::not_found, "eval.photo", fmt::format("Row {}: there is no photo \"{}\" in {}.", row, image, folder.string())};
}

}  // namespace

Result<std::vector<LabelRow>> read_labels(const std::filesystem::path& csv, const std::filesystem::path& photos,
                                          const std::vector<std::string>& required) {
    std::ifstream file(csv);
    std::string line;
    if (!std::getline(file, line)) return Error{Kind::not_found, "eval.csv", fmt::format("{} cannot be read, or is empty.", csv.string())};
    if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
    auto header = split(line);
    for (const auto& name : required)
        if (std::ranges::find(header, name) == header.end())
            return Error{Kind::invalid, "eval.column",
                         fmt::format("{} has no column \"{}\"; its columns are {}.", csv.string(), name, fmt::join(header, ", "))};

    std::vector<LabelRow> rows;
    for (int number = 2; std::getline(file, line); ++number) {
        if (line.empty() || line == "\r") continue;
        auto cells = split(line);
        if (cells.size() != header.size())
            return Error{Kind::invalid, "eval.csv",
                         fmt::format("Row {} of {} has {} columns; the header has {}.", number, csv.string(), cells.size(), header.size())};
        LabelRow row{number, {}, {}};
        for (std::size_t i = 0; i < header.size(); ++i) row.columns[header[i]] = cells[i];
        row.photo = TRY(find_photo(photos, row.columns["image"], number));
        rows.push_back(std::move(row));
    }
    if (rows.empty()) return Error{Kind::invalid, "eval.csv", fmt::format("{} has a header and no row.", csv.string())};
    return rows;
}

}  // namespace vitrine::app
