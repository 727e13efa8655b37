#include "catalog/fibres.hpp"

#include <algorithm>

#include "catalog/table.hpp"

namespace vitrine::catalog {

Result<Fibres> Fibres::load(std::span<const EmbeddedFile> files) {
    Fibres loaded;
    auto file = TRY(find_file(files, "data/fibres.tsv"));
    for (const Row& row : TRY(read_table(file, {"key", "codes", "en", "it", "fr", "de", "es", "other"}))) {
        std::size_t place = loaded.fibres_.size();
        loaded.fibres_.push_back({row.cells[0], Names({row.cells[2], row.cells[3], row.cells[4], row.cells[5], row.cells[6]})});
        if (!loaded.by_key_.emplace(row.cells[0], place).second) return bad_row(file, row, "The key is there twice.");
        for (std::size_t cell = 2; cell < row.cells.size(); ++cell) {
            auto names = split(row.cells[cell], '|');
            if (names.empty() && cell < 7) return bad_row(file, row, "A name is missing in one of the languages.");
            for (std::string_view name : names) {
                loaded.names_.add(name, place);
                if (auto text = joined(fold(name)); text.size() >= 6) loaded.long_names_.emplace_back(std::move(text), place);
            }
        }
        for (std::string_view code : split(row.cells[1], '|')) loaded.codes_.add(code, place);
    }
    auto parts = TRY(find_file(files, "data/label_parts.tsv"));
    for (const Row& row : TRY(read_table(parts, {"part", "phrases"}))) {
        for (std::string_view phrase : split(row.cells[1], '|')) loaded.parts_.add(phrase, loaded.part_names_.size());
        loaded.part_names_.push_back(row.cells[0]);
    }
    return loaded;
}

const Fibre* Fibres::find(std::string_view key) const {
    auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &fibres_[found->second];
}

std::optional<std::string_view> Fibres::resolve(std::string_view name) const {
    auto tokens = tokens_of(name);
    if (tokens.empty()) return std::nullopt;
    auto found = names_.at(tokens, 0);
    if (!found || found->tokens != tokens.size()) return std::nullopt;
    return fibres_[found->id].key;
}

bool is_complete(std::span<const MaterialReading> readings, int group) {
    int sum = 0;
    for (const MaterialReading& reading : readings)
        if (reading.group == group) sum += reading.percent.value_or(0);
    return sum == 100;
}

}  // namespace vitrine::catalog
