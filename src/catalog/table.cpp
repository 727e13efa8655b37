#include "catalog/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::catalog {
namespace {

Error bad_data(std::string_view path, int line, std::string message) {
    return {Kind::corrupt, "catalog.bad_data", std::move(message), fmt::format("{}:{}", path, line)};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\r')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    for (;;) {
        auto tab = line.find('\t');
        cells.push_back(trimmed(line.substr(0, tab)));
        if (tab == std::string_view::npos) return cells;
        line.remove_prefix(tab + 1);
    }
}

}  // namespace

Result<std::vector<Row>> read_table(const EmbeddedFile& file, std::initializer_list<std::string_view> columns) {
    std::vector<Row> rows;
    std::vector<std::size_t> places;  // of the wanted columns in the file
    std::size_t width = 0;
    std::string_view rest = file.bytes;
    for (int number = 1; !rest.empty(); ++number) {
        auto end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (trimmed(line).empty() || line.front() == '#') continue;
        auto cells = cells_of(line);
        if (width == 0) {
            width = cells.size();
            for (std::string_view column : columns) {
                auto found = std::find(cells.begin(), cells.end(), column);
                if (found == cells.end()) return bad_data(file.path, number, fmt::format("The column \"{}\" is missing.", column));
                places.push_back(static_cast<std::size_t>(found - cells.begin()));
            }
            continue;
        }
        if (cells.size() > width)
            return bad_data(file.path, number, fmt::format("{} cells where the headings are {}.", cells.size(), width));
        cells.resize(width);
        Row row{number, {}};
        for (std::size_t place : places) row.cells.push_back(cells[place]);
        rows.push_back(std::move(row));
    }
    if (width == 0) return bad_data(file.path, 1, "The file has no line of headings.");
    return rows;
}

Result<EmbeddedFile> find_file(std::span<const EmbeddedFile> files, std::string_view path) {
    for (const EmbeddedFile& file : files)
        if (file.path == path) return file;
    return bad_data(path, 0, "The data file was not compiled in.");
}

Error bad_row(const EmbeddedFile& file, const Row& row, std::string message) {
    return bad_data(file.path, row.line, std::move(message));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        auto end = text.find(separator);
        if (auto piece = trimmed(text.substr(0, end)); !piece.empty()) pieces.push_back(piece);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return pieces;
}

}  // namespace vitrine::catalog
