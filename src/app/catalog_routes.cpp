// The words for things as a page needs them: what may be chosen, and how it is called in the language asked for.

#include "app/routes.hpp"

namespace vitrine::app {
namespace {

using http::Right;

struct Word {
    std::string key, name;
    std::optional<std::string> parent;  // of a category
    std::optional<std::string> help;    // of a condition
    std::optional<std::string> swatch;  // of a colour, sRGB
};
BOOST_DESCRIBE_STRUCT(Word, (), (key, name, parent, help, swatch))

struct Words {
    std::vector<Word> categories, colours, fibres, conditions;
};
BOOST_DESCRIBE_STRUCT(Words, (), (categories, colours, fibres, conditions))

Words words_in(const catalog::Catalog& catalog, catalog::Language language) {
    Words words;
    for (const auto& category : catalog.categories())
        words.categories.push_back({std::string(category.key), std::string(category.names.shown(language)),
                                    category.parent ? std::optional(std::string(category.parent->key)) : std::nullopt, std::nullopt,
                                    std::nullopt});
    for (const auto& colour : catalog.colours())
        words.colours.push_back({std::string(colour.key), std::string(colour.names.shown(language)), std::nullopt, std::nullopt,
                                 colour.swatch.empty() ? std::nullopt : std::optional(std::string(colour.swatch))});
    for (const auto& fibre : catalog.fibres())
        words.fibres.push_back(
            {std::string(fibre.key), std::string(fibre.names.shown(language)), std::nullopt, std::nullopt, std::nullopt});
    for (const auto& condition : catalog.conditions())
        words.conditions.push_back({std::string(condition.key), std::string(condition.names.shown(language)), std::nullopt,
                                    std::string(condition.help.shown(language)), std::nullopt});
    return words;
}

}  // namespace

void add_catalog_routes(http::Router& router, House& house) {
    auto route =
        http::get<Words>("/api/v1/catalog", Right::read, "catalog.words", "Categories, colours, fibres and conditions with their names.",
                         [&house](http::Request& request) -> Result<Words> {
                             auto language = catalog::language_of(request.query_if("language").value_or("en"));
                             return words_in(*house.catalog(), language.value_or(catalog::Language::en));
                         });
    json::Array codes;
    for (auto language : catalog::languages) codes.emplace_back(catalog::code_of(language));
    route.query = {{"language", "Of the names.", json::Object{{"type", "string"}, {"enum", codes}}}};
    router.add(std::move(route));
}

}  // namespace vitrine::app
