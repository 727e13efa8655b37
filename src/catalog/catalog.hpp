#pragma once
// The words for things: categories, products, brands, sizes, colours, fibres, conditions, and the reading of labels.
// Everything comes from the data files compiled in; nothing is read, written or changed after construction, so any thread
// may use one Catalog without a lock. Keys are stable for ever: rows in databases name them.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/brands.hpp"
#include "catalog/categories.hpp"
#include "catalog/colours.hpp"
#include "catalog/conditions.hpp"
#include "catalog/fibres.hpp"
#include "catalog/label.hpp"
#include "catalog/language.hpp"
#include "catalog/line.hpp"
#include "catalog/read_brand.hpp"
#include "catalog/read_size.hpp"
#include "catalog/signs.hpp"
#include "catalog/size_charts.hpp"
#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

class Catalog {
public:
    // The data compiled in, which the tests hold correct: a fault in it ends the program.
    Catalog();
    Catalog(Catalog&&) noexcept;
    Catalog& operator=(Catalog&&) noexcept;
    ~Catalog();

    // The tables compiled in, "data/brands.tsv".
    static std::span<const EmbeddedFile> data();
    // Other data, whose bytes must outlive the catalog. Errors: catalog.bad_data, with file and line.
    static Result<Catalog> load(std::span<const EmbeddedFile> files);

    // ---- kinds of things. A key, label or index that is not there gives null.
    std::span<const Category> categories() const;
    const Category* category(std::string_view key) const;
    std::string_view category_name(std::string_view key, Language) const;       // the key itself when it is unknown
    const Category* category_for_clothing_label(std::string_view label) const;  // "T-Shirt"
    const Category* category_for_product(std::string_view label) const;         // "Golden-Delicious"
    const Category* category_for_imagenet(int index) const;                     // 0..999; null also for what nobody sells
    const Category* category_for_coco(int index) const;                         // 0..79
    const Product* product(std::string_view label) const;
    std::span<const Product> products() const;
    // What a person may mean, the likeliest first: "felpa", "hoodies", "jeens".
    std::vector<CategoryMatch> find_categories(std::string_view words, Language, std::size_t count_max = 8) const;

    // ---- brands
    std::span<const Brand> brands() const;
    const Brand* brand(std::string_view spelling) const;  // "levis", "H & M"
    bool fits(const Brand&, const Category&) const;       // see Brands::fits
    std::vector<BrandReading> read_brand(std::span<const Line> lines) const;

    // ---- sizes
    std::vector<SizeReading> read_size(std::span<const Line> lines) const;
    std::optional<std::string> convert_size(std::string_view chart, SizeSystem from, std::string_view value, SizeSystem to) const;
    const SizeCharts& size_charts() const;

    // ---- fibres
    const Fibre* fibre(std::string_view key) const;
    std::span<const Fibre> fibres() const;
    std::string_view fibre_name(std::string_view key, Language) const;
    std::optional<std::string_view> resolve_fibre(std::string_view name) const;  // "cotone" -> "cotton"
    std::vector<MaterialReading> read_materials(std::span<const Line> lines) const;

    // ---- colours
    const Colour* colour(std::string_view key) const;
    std::span<const Colour> colours() const;
    NamedColour name_of(const Lab&) const;
    std::string_view colour_name(std::string_view key, Language) const;
    const Colour* resolve_colour(std::string_view words, Language) const;

    // ---- conditions
    const Condition* condition(std::string_view key) const;
    std::span<const Condition> conditions() const;
    std::string_view condition_name(std::string_view key, Language) const;

    // ---- labels
    // What shows that these lines stand on a label: label words, shares of fibres, sizes that speak for themselves.
    std::vector<Sign> second_signs(std::span<const Line> lines) const;
    // All readers at once, and what may be believed of them (label.hpp). Lines of one photo, top to bottom. With a
    // category, brands that make no such thing are left out.
    LabelReading read_label(std::span<const Line> lines, const Category* category = nullptr) const;

private:
    struct Parts;
    explicit Catalog(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace vitrine::catalog
