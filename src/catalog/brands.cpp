#include "catalog/brands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/table.hpp"
#include "catalog/text.hpp"

namespace vitrine::catalog {
namespace {

// Three letters or fewer, or digits alone, are too little to stand by themselves. "H&M" has its sign, which noise lacks.
bool is_too_short(std::string_view joined) {
    auto letters = std::count_if(joined.begin(), joined.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    bool has_and = joined.find('&') != std::string_view::npos;
    return letters < 2 || (joined.size() <= 3 && !has_and);
}

}  // namespace

Result<Brands> Brands::load(std::span<const EmbeddedFile> files) {
    Brands loaded;
    TRY(loaded.load_brands(files));
    TRY(loaded.load_domains(files));
    TRY(loaded.load_traps(files));
    return loaded;
}

Result<void> Brands::load_brands(std::span<const EmbeddedFile> files) {
    auto file = TRY(find_file(files, "data/brands.tsv"));
    auto rows = TRY(read_table(file, {"name", "domain", "ordinary", "aliases"}));
    for (const Row& row : rows) {
        std::size_t place = brands_.size();
        bool ordinary = row.cells[2] == "yes";
        if (!ordinary && !row.cells[2].empty()) return bad_row(file, row, "\"ordinary\" is yes or empty.");
        brands_.push_back({row.cells[0], row.cells[1], ordinary});
        if (!add_spelling(row.cells[0], place, ordinary)) return bad_row(file, row, "The name is there already.");
        for (std::string_view alias : split(row.cells[3], '|')) {
            bool weak = alias.front() == '?';
            if (weak) alias.remove_prefix(1);
            if (!add_spelling(alias, place, weak)) return bad_row(file, row, fmt::format("The spelling \"{}\" is there already.", alias));
        }
    }
    return {};
}

Result<void> Brands::load_domains(std::span<const EmbeddedFile> files) {
    auto file = TRY(find_file(files, "data/brand_domains.tsv"));
    for (const Row& row : TRY(read_table(file, {"domain", "categories"}))) domains_.emplace(row.cells[0], split(row.cells[1], '|'));
    for (const Brand& brand : brands_)
        if (!domains_.contains(brand.domain))
            return Error{Kind::corrupt, "catalog.bad_data", fmt::format("{} is of an unknown domain.", brand.name), std::string(file.path)};
    return {};
}

Result<void> Brands::load_traps(std::span<const EmbeddedFile> files) {
    auto file = TRY(find_file(files, "data/brand_traps.tsv"));
    for (const Row& row : TRY(read_table(file, {"words"})))
        for (std::string_view word : split(row.cells[0], ' ')) traps_.emplace(joined(fold(word)), true);
    return {};
}

bool Brands::add_spelling(std::string_view written, std::size_t brand, bool weak) {
    std::string folded = fold(written);
    std::string text = joined(folded);
    if (text.empty() || !by_text_.emplace(text, spellings_.size()).second) return false;
    auto words = words_of(folded);
    // "D.A.T.E." is read as a word that everybody uses; "H&M" is one word with its sign.
    bool initials = words.size() > 1 && std::all_of(words.begin(), words.end(), [](std::string_view word) { return word.size() == 1; });
    spellings_.push_back({text, skeleton(text), brand, weak || initials || is_too_short(text), words.size()});
    return true;
}

const Spelling* Brands::spelling(const std::string& joined) const {
    auto found = by_text_.find(joined);
    return found == by_text_.end() ? nullptr : &spellings_[found->second];
}

const Brand* Brands::find(std::string_view written) const {
    const Spelling* found = spelling(joined(fold(written)));
    return found ? &brands_[found->brand] : nullptr;
}

bool Brands::fits(const Brand& brand, const Category& category) const {
    auto domain = domains_.find(brand.domain);
    return domain != domains_.end() &&
           std::any_of(domain->second.begin(), domain->second.end(), [&](std::string_view root) { return is_within(category, root); });
}

}  // namespace vitrine::catalog
