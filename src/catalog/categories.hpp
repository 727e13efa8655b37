#pragma once
// The tree of kinds of things, and what the classifiers' classes are called in it.

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/language.hpp"
#include "catalog/word_index.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

// Which sizes a kind of thing comes in; with the wearer it names a chart (size_charts.hpp).
enum class SizeFamily { none, top, bottom, shoes, head, bra };

// Which fields of a draft usually apply.
struct Applies {
    bool price = false, size = false, brand = false, colour = false, material = false;
};

struct Category {
    std::string_view key;              // stable for ever
    const Category* parent = nullptr;  // none for a root
    SizeFamily sizes = SizeFamily::none;
    Applies applies{};
    Names names{};
};

// A thing that one buys again, or a product of the grocery photos.
struct Product {
    std::string_view label;   // the data's spelling, "Golden-Delicious"
    std::string_view coarse;  // the data's coarse class, "Apple"
    const Category* category = nullptr;
    std::string_view brand;  // empty: none
    Names names{};
};

struct CategoryMatch {
    const Category* category = nullptr;
    double closeness = 0;  // 0..1; 1 is its shown name in the language asked for
};

class Categories {
public:
    Categories(Categories&&) = default;  // the parts point into each other: it moves, it is not copied
    Categories& operator=(Categories&&) = default;

    // Errors: catalog.bad_data.
    static Result<Categories> load(std::span<const EmbeddedFile> files);

    std::span<const Category> all() const { return categories_; }
    std::span<const Product> products() const { return products_; }

    // None of these finds what is not there: they return null.
    const Category* find(std::string_view key) const;
    const Category* for_clothing_label(std::string_view label) const;  // "T-Shirt"
    const Product* product(std::string_view label) const;
    const Category* for_imagenet(int index) const;  // 0..999
    const Category* for_coco(int index) const;      // 0..79

    std::vector<CategoryMatch> search(std::string_view words, Language, std::size_t count_max) const;

private:
    Categories() = default;
    Result<void> load_tree(std::span<const EmbeddedFile> files);
    Result<void> load_products(std::span<const EmbeddedFile> files);
    Result<void> load_clothing_labels(std::span<const EmbeddedFile> files);
    Result<std::vector<const Category*>> load_classes(std::span<const EmbeddedFile> files, std::string_view path, std::size_t count) const;

    std::vector<Category> categories_;  // never grows after load: others point into it
    std::vector<Product> products_;
    std::unordered_map<std::string_view, const Category*> by_key_, by_clothing_label_;
    std::unordered_map<std::string_view, std::size_t> by_product_label_;
    std::vector<const Category*> imagenet_, coco_;
    WordIndex words_;
};

// Whether the category is `ancestor` or below it.
bool is_within(const Category& category, std::string_view ancestor);

}  // namespace vitrine::catalog
