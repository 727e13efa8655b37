#include "catalog/conditions.hpp"

#include <algorithm>

#include "catalog/table.hpp"

namespace vitrine::catalog {

Result<Conditions> Conditions::load(std::span<const EmbeddedFile> files) {
    Conditions loaded;
    auto file = TRY(find_file(files, "data/conditions.tsv"));
    for (const Row& row :
         TRY(read_table(file, {"key", "rank", "en", "it", "fr", "de", "es", "help_en", "help_it", "help_fr", "help_de", "help_es"}))) {
        if (row.cells[1].size() != 1 || row.cells[1][0] < '1' || row.cells[1][0] > '9') return bad_row(file, row, "The rank is 1 to 9.");
        loaded.conditions_.push_back({row.cells[0], row.cells[1][0] - '0',
                                      Names({row.cells[2], row.cells[3], row.cells[4], row.cells[5], row.cells[6]}),
                                      Names({row.cells[7], row.cells[8], row.cells[9], row.cells[10], row.cells[11]})});
    }
    return loaded;
}

const Condition* Conditions::find(std::string_view key) const {
    auto found = std::find_if(conditions_.begin(), conditions_.end(), [&](const Condition& condition) { return condition.key == key; });
    return found == conditions_.end() ? nullptr : &*found;
}

}  // namespace vitrine::catalog
