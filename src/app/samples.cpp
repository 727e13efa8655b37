#include "app/samples.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "auth/auth.hpp"

namespace vitrine::app {
namespace {

struct SampleItem {
    std::vector<std::string> photos;
    std::optional<listing::Language> language;
    std::optional<std::string> shows;  // what of the product this item shows
};
BOOST_DESCRIBE_STRUCT(SampleItem, (), (photos, language, shows))

}  // namespace

Result<void> add_samples(House& house, const std::filesystem::path& data, const std::filesystem::path& folder) {
    auto marker = data / ".samples-added";
    auto local = auth::local_caller(house.workspace);
    if (std::filesystem::exists(marker) || !TRY(house.listings->list(local, {})).listings.empty()) return {};

    std::ifstream file(folder / "samples.json");
    if (!file)
        return Error{Kind::not_found, "samples.missing", fmt::format("There is no samples.json in {}.", folder.string()), folder.string()};
    std::stringstream text;
    text << file.rdbuf();
    auto items = json::read_text<std::vector<SampleItem>>(text.str());
    if (!items) return Error{Kind::corrupt, "samples.damaged", fmt::format("samples.json: {}", items.error().message), items.error().path};
    for (const auto& item : *items) {
        std::vector<listing::Incoming> photos;
        for (const auto& photo : item.photos) photos.push_back({folder / photo, photo, false});
        TRY(house.listings->create(local, photos, item.language.value_or(listing::Language::en), false));
    }
    std::ofstream(marker) << "The sample photos were added; delete this file to have them added again to an empty house.\n";
    return {};
}

}  // namespace vitrine::app
