#include "catalog/size_words.hpp"

#include <fmt/format.h>

#include "catalog/table.hpp"

namespace vitrine::catalog {
namespace {

std::optional<SizeWord::Kind> kind_of(std::string_view word) {
    if (word == "letter") return SizeWord::Kind::letter;
    if (word == "one") return SizeWord::Kind::one_size;
    if (word == "keyword") return SizeWord::Kind::keyword;
    if (word == "country") return SizeWord::Kind::country;
    if (word == "unit") return SizeWord::Kind::unit;
    return std::nullopt;
}

std::optional<SizeSystem> system_of(SizeWord::Kind kind, std::string_view key) {
    if (kind == SizeWord::Kind::letter) return SizeSystem::letter;
    if (key == "any" || key == "other") return SizeSystem::number;
    return size_system_of(key);
}

}  // namespace

Result<SizeWords> SizeWords::load(std::span<const EmbeddedFile> files) {
    SizeWords loaded;
    auto file = TRY(find_file(files, "data/size_words.tsv"));
    for (const Row& row : TRY(read_table(file, {"kind", "key", "plain", "spellings"}))) {
        auto kind = kind_of(row.cells[0]);
        auto system = kind ? system_of(*kind, row.cells[1]) : std::nullopt;
        if (!system) return bad_row(file, row, fmt::format("{} {} means nothing here.", row.cells[0], row.cells[1]));
        for (std::string_view spelling : split(row.cells[3], '|'))
            loaded.phrases_[static_cast<std::size_t>(*kind)].add(spelling, loaded.words_.size());
        loaded.words_.push_back({*kind, row.cells[1], *system, row.cells[2] == "yes", row.cells[1] != "other"});
    }
    return loaded;
}

std::optional<SizeWords::Found> SizeWords::at(SizeWord::Kind kind, std::span<const Token> tokens, std::size_t place) const {
    if (place >= tokens.size()) return std::nullopt;
    auto found = phrases_[static_cast<std::size_t>(kind)].at(tokens, place);
    if (!found) return std::nullopt;
    return Found{&words_[found->id], found->tokens};
}

}  // namespace vitrine::catalog
