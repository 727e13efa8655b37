#include "catalog/catalog.hpp"

#include <cstdio>
#include <cstdlib>

#include "catalog_embedded.hpp"

namespace vitrine::catalog {

struct Catalog::Parts {
    Parts(Categories categories, Brands brands, SizeCharts charts, SizeWords size_words, Fibres fibres, Colours colours,
          Conditions conditions, SignWords sign_words)
        : categories(std::move(categories)),
          brands(std::move(brands)),
          charts(std::move(charts)),
          size_words(std::move(size_words)),
          fibres(std::move(fibres)),
          colours(std::move(colours)),
          conditions(std::move(conditions)),
          sign_words(std::move(sign_words)),
          brand_reader(this->brands),
          size_reader(this->size_words) {}

    Categories categories;
    Brands brands;
    SizeCharts charts;
    SizeWords size_words;
    Fibres fibres;
    Colours colours;
    Conditions conditions;
    SignWords sign_words;
    BrandReader brand_reader;  // these two point at the parts above
    SizeReader size_reader;
};

namespace {

Catalog built_in() {
    auto loaded = Catalog::load(embedded_files());
    if (loaded) return std::move(loaded).value();
    std::fprintf(stderr, "The catalogue's data is damaged: %s %s\n", loaded.error().path.c_str(), loaded.error().message.c_str());
    std::abort();
}

template <class Thing>
std::string_view shown(const Thing* thing, std::string_view key, Language language) {
    return thing ? thing->names.shown(language) : key;
}

// Shares of fibres and sizes that speak for themselves are signs as good as any word.
void add_read_signs(std::vector<Sign>& signs, std::span<const SizeReading> sizes, std::span<const MaterialReading> materials) {
    for (const MaterialReading& material : materials)
        if (material.percent) signs.push_back({SignKind::fibre_share, material.line, 1});
    for (const SizeReading& size : sizes)
        if (!size.needs_second_sign) signs.push_back({SignKind::size, size.line, 1});
}

}  // namespace

Catalog::Catalog() : Catalog(built_in()) {}
Catalog::Catalog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Catalog::Catalog(Catalog&&) noexcept = default;
Catalog& Catalog::operator=(Catalog&&) noexcept = default;
Catalog::~Catalog() = default;

std::span<const EmbeddedFile> Catalog::data() {
    return embedded_files();
}

Result<Catalog> Catalog::load(std::span<const EmbeddedFile> files) {
    auto categories = TRY(Categories::load(files));
    auto brands = TRY(Brands::load(files));
    auto charts = TRY(SizeCharts::load(files));
    auto size_words = TRY(SizeWords::load(files));
    auto fibres = TRY(Fibres::load(files));
    auto colours = TRY(Colours::load(files));
    auto conditions = TRY(Conditions::load(files));
    auto sign_words = TRY(SignWords::load(files));
    return Catalog(std::make_unique<Parts>(std::move(categories), std::move(brands), std::move(charts), std::move(size_words),
                                           std::move(fibres), std::move(colours), std::move(conditions), std::move(sign_words)));
}

std::span<const Category> Catalog::categories() const {
    return parts_->categories.all();
}
const Category* Catalog::category(std::string_view key) const {
    return parts_->categories.find(key);
}
std::string_view Catalog::category_name(std::string_view key, Language language) const {
    return shown(category(key), key, language);
}
const Category* Catalog::category_for_clothing_label(std::string_view label) const {
    return parts_->categories.for_clothing_label(label);
}
const Category* Catalog::category_for_product(std::string_view label) const {
    const Product* found = product(label);
    return found ? found->category : nullptr;
}
const Category* Catalog::category_for_imagenet(int index) const {
    return parts_->categories.for_imagenet(index);
}
const Category* Catalog::category_for_coco(int index) const {
    return parts_->categories.for_coco(index);
}
const Product* Catalog::product(std::string_view label) const {
    return parts_->categories.product(label);
}
std::span<const Product> Catalog::products() const {
    return parts_->categories.products();
}
std::vector<CategoryMatch> Catalog::find_categories(std::string_view words, Language language, std::size_t count_max) const {
    return parts_->categories.search(words, language, count_max);
}

std::span<const Brand> Catalog::brands() const {
    return parts_->brands.all();
}
const Brand* Catalog::brand(std::string_view spelling) const {
    return parts_->brands.find(spelling);
}
bool Catalog::fits(const Brand& brand, const Category& category) const {
    return parts_->brands.fits(brand, category);
}
std::vector<BrandReading> Catalog::read_brand(std::span<const Line> lines) const {
    return parts_->brand_reader.read(lines);
}

std::vector<SizeReading> Catalog::read_size(std::span<const Line> lines) const {
    return parts_->size_reader.read(lines);
}
std::optional<std::string> Catalog::convert_size(std::string_view chart, SizeSystem from, std::string_view value, SizeSystem to) const {
    return parts_->charts.convert(chart, from, value, to);
}
const SizeCharts& Catalog::size_charts() const {
    return parts_->charts;
}

const Fibre* Catalog::fibre(std::string_view key) const {
    return parts_->fibres.find(key);
}
std::span<const Fibre> Catalog::fibres() const {
    return parts_->fibres.all();
}
std::string_view Catalog::fibre_name(std::string_view key, Language language) const {
    return shown(fibre(key), key, language);
}
std::optional<std::string_view> Catalog::resolve_fibre(std::string_view name) const {
    return parts_->fibres.resolve(name);
}
std::vector<MaterialReading> Catalog::read_materials(std::span<const Line> lines) const {
    return parts_->fibres.read(lines);
}

const Colour* Catalog::colour(std::string_view key) const {
    return parts_->colours.find(key);
}
std::span<const Colour> Catalog::colours() const {
    return parts_->colours.all();
}
NamedColour Catalog::name_of(const Lab& lab) const {
    return parts_->colours.name_of(lab);
}
std::string_view Catalog::colour_name(std::string_view key, Language language) const {
    return shown(colour(key), key, language);
}
const Colour* Catalog::resolve_colour(std::string_view words, Language language) const {
    return parts_->colours.resolve(words, language);
}

const Condition* Catalog::condition(std::string_view key) const {
    return parts_->conditions.find(key);
}
std::span<const Condition> Catalog::conditions() const {
    return parts_->conditions.all();
}
std::string_view Catalog::condition_name(std::string_view key, Language language) const {
    return shown(condition(key), key, language);
}

std::vector<Sign> Catalog::second_signs(std::span<const Line> lines) const {
    auto signs = parts_->sign_words.read(lines);
    add_read_signs(signs, read_size(lines), read_materials(lines));
    return signs;
}

LabelReading Catalog::read_label(std::span<const Line> lines, const Category* category) const {
    LabelFindings findings{read_brand(lines), read_size(lines), read_materials(lines), parts_->sign_words.read(lines)};
    add_read_signs(findings.signs, findings.sizes, findings.materials);
    if (category) std::erase_if(findings.brands, [&](const BrandReading& reading) { return !fits(*reading.brand, *category); });
    return weigh(lines, std::move(findings));
}

}  // namespace vitrine::catalog
