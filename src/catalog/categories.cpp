#include "catalog/categories.hpp"

#include <fmt/format.h>

#include "catalog/table.hpp"

namespace vitrine::catalog {
namespace {

std::optional<SizeFamily> size_family(std::string_view word) {
    if (word == "none") return SizeFamily::none;
    if (word == "top") return SizeFamily::top;
    if (word == "bottom") return SizeFamily::bottom;
    if (word == "shoes") return SizeFamily::shoes;
    if (word == "head") return SizeFamily::head;
    if (word == "bra") return SizeFamily::bra;
    return std::nullopt;
}

Applies applies_of(std::string_view letters) {
    auto has = [&](char letter) { return letters.find(letter) != std::string_view::npos; };
    return {has('p'), has('s'), has('b'), has('c'), has('m')};
}

// Names in five cells from `first` on, or none when a language lacks one.
std::optional<Names> names_of(const Row& row, std::size_t first) {
    for (std::size_t i = 0; i < 5; ++i)
        if (row.cells[first + i].empty()) return std::nullopt;
    return Names({row.cells[first], row.cells[first + 1], row.cells[first + 2], row.cells[first + 3], row.cells[first + 4]});
}

}  // namespace

Result<Categories> Categories::load(std::span<const EmbeddedFile> files) {
    Categories loaded;
    TRY(loaded.load_tree(files));
    TRY(loaded.load_products(files));
    TRY(loaded.load_clothing_labels(files));
    loaded.imagenet_ = TRY(loaded.load_classes(files, "data/imagenet.tsv", 1000));
    loaded.coco_ = TRY(loaded.load_classes(files, "data/coco.tsv", 80));
    return loaded;
}

Result<void> Categories::load_tree(std::span<const EmbeddedFile> files) {
    auto file = TRY(find_file(files, "data/categories.tsv"));
    auto rows = TRY(read_table(file, {"key", "parent", "sizes", "applies", "en", "it", "fr", "de", "es"}));
    categories_.reserve(rows.size());
    for (const Row& row : rows) {
        Category category{.key = row.cells[0]};
        if (std::string_view parent = row.cells[1]; !parent.empty()) {
            category.parent = find(parent);
            if (!category.parent) return bad_row(file, row, fmt::format("The parent \"{}\" does not stand above.", parent));
            category.sizes = category.parent->sizes;
            category.applies = category.parent->applies;
        }
        if (std::string_view sizes = row.cells[2]; !sizes.empty()) {
            auto family = size_family(sizes);
            if (!family) return bad_row(file, row, fmt::format("There are no sizes called \"{}\".", sizes));
            category.sizes = *family;
        }
        if (!row.cells[3].empty()) category.applies = applies_of(row.cells[3]);
        auto names = names_of(row, 4);
        if (!names) return bad_row(file, row, "A name is missing in one of the languages.");
        category.names = std::move(*names);
        words_.add(categories_.size(), category.names);
        categories_.push_back(std::move(category));
        if (!by_key_.emplace(row.cells[0], &categories_.back()).second) return bad_row(file, row, "The key is there twice.");
    }
    return {};
}

Result<void> Categories::load_products(std::span<const EmbeddedFile> files) {
    auto file = TRY(find_file(files, "data/products.tsv"));
    for (const Row& row : TRY(read_table(file, {"label", "coarse", "category", "brand", "en", "it", "fr", "de", "es"}))) {
        const Category* category = find(row.cells[2]);
        auto names = names_of(row, 4);
        if (!category || !names) return bad_row(file, row, "The category is unknown or a name is missing.");
        products_.push_back({row.cells[0], row.cells[1], category, row.cells[3], std::move(*names)});
        by_product_label_.emplace(row.cells[0], products_.size() - 1);
    }
    return {};
}

Result<void> Categories::load_clothing_labels(std::span<const EmbeddedFile> files) {
    auto file = TRY(find_file(files, "data/clothing_labels.tsv"));
    for (const Row& row : TRY(read_table(file, {"label", "category"}))) {
        const Category* category = find(row.cells[1]);
        if (!category) return bad_row(file, row, "The category is unknown.");
        by_clothing_label_.emplace(row.cells[0], category);
    }
    return {};
}

Result<std::vector<const Category*>> Categories::load_classes(std::span<const EmbeddedFile> files, std::string_view path,
                                                              std::size_t count) const {
    auto file = TRY(find_file(files, path));
    std::vector<const Category*> classes;
    for (const Row& row : TRY(read_table(file, {"index", "category"}))) {
        if (row.cells[0] != fmt::to_string(classes.size())) return bad_row(file, row, "The classes are not in their order.");
        const Category* category = row.cells[1].empty() ? nullptr : find(row.cells[1]);
        if (!category && !row.cells[1].empty()) return bad_row(file, row, "The category is unknown.");
        classes.push_back(category);
    }
    if (classes.size() != count)
        return Error{Kind::corrupt, "catalog.bad_data", fmt::format("{} classes instead of {}.", classes.size(), count), std::string(path)};
    return classes;
}

const Category* Categories::find(std::string_view key) const {
    auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
}

const Category* Categories::for_clothing_label(std::string_view label) const {
    auto found = by_clothing_label_.find(label);
    return found == by_clothing_label_.end() ? nullptr : found->second;
}

const Product* Categories::product(std::string_view label) const {
    auto found = by_product_label_.find(label);
    return found == by_product_label_.end() ? nullptr : &products_[found->second];
}

const Category* Categories::for_imagenet(int index) const {
    return index >= 0 && static_cast<std::size_t>(index) < imagenet_.size() ? imagenet_[static_cast<std::size_t>(index)] : nullptr;
}

const Category* Categories::for_coco(int index) const {
    return index >= 0 && static_cast<std::size_t>(index) < coco_.size() ? coco_[static_cast<std::size_t>(index)] : nullptr;
}

std::vector<CategoryMatch> Categories::search(std::string_view words, Language language, std::size_t count_max) const {
    std::vector<CategoryMatch> matches;
    for (const Match& match : words_.find(words, language, count_max)) matches.push_back({&categories_[match.thing], match.closeness});
    return matches;
}

bool is_within(const Category& category, std::string_view ancestor) {
    for (const Category* here = &category; here; here = here->parent)
        if (here->key == ancestor) return true;
    return false;
}

}  // namespace vitrine::catalog
