// vitrine similar: what of one's own looks like a photo, here in the data folder or at a server. Keeps nothing.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "app/command.hpp"
#include "app/house.hpp"
#include "app/photo_files.hpp"
#include "app/remote.hpp"
#include "auth/auth.hpp"

namespace vitrine::app {
namespace {

using likeness::Closeness;
using listing::Similar;

struct SimilarOptions {
    std::vector<std::string> photos;
    bool json = false;
    int limit = listing::similar_usual;
    std::optional<std::string> region;
    std::string server, key, authority;
};

// Asks for one photo, wherever the things are.
using Ask = std::function<Result<Similar>(const std::string& photo)>;

json::Value line_of(const std::string& photo, const Result<Similar>& found) {
    json::Object line{{"photo", shown_name(photo)}};
    if (!found) {
        line["error"] = json::Object{{"code", found.error().code}, {"message", found.error().message}};
        return line;
    }
    const auto answer = json::write(*found);
    for (const auto& [key, value] : answer.as_object()) line[key] = value;
    return line;
}

std::string_view words_of(Closeness closeness) {
    switch (closeness) {
        case Closeness::same_item:
            return "same item";
        case Closeness::same_style:
            return "same style";
        case Closeness::none:
            return "";
    }
    return "";
}

std::string words_of(const std::string& photo, const Similar& found) {
    auto photos = found.searched == 1 ? std::string("1 photo") : fmt::format("{} photos", found.searched);
    if (found.nothing_close_enough) return fmt::format("{}: nothing close enough among {}\n", photo, photos);
    auto text = fmt::format("{}: {} of {}\n", photo, found.similar.size(), photos);
    for (const auto& row : found.similar)
        text += fmt::format("  {:<10}  {:>4.2f}  {}  {}\n", words_of(row.closeness), row.score, to_string(row.listing.id),
                            row.listing.title.value_or("without a title"));
    return text;
}

int say(const SimilarOptions& options, const Ask& ask) {
    std::size_t bad = 0;
    for (const auto& photo : options.photos) {
        auto found = ask(photo);
        bad += !found;
        if (options.json)
            std::cout << json::print(line_of(photo, found)) << std::endl;
        else if (found)
            std::cout << words_of(photo, *found) << std::flush;
        else
            std::cerr << photo << ": " << found.error().message << "\n";
    }
    return bad == 0 ? Exit::done : bad == options.photos.size() ? Exit::failed : Exit::partly;
}

int similar_here(const Settings& settings, const SimilarOptions& options) {
    std::optional<listing::PhotoPart> part;
    if (options.region) {
        auto parsed = listing::PhotoPart::parse(*options.region);
        if (!parsed) return complain(parsed.error());
        part = *parsed;
    }
    auto house = House::open(settings);
    if (!house) return complain(house.error());
    if (auto decoding = (*house)->can_decode(); !decoding) return complain(decoding.error());
    auto local = auth::local_caller((*house)->workspace);
    return say(options, [&](const std::string& photo) { return (*house)->listings->similar_to(local, photo, part, options.limit); });
}

int similar_there(const Settings& settings, const SimilarOptions& options) {
    Remote remote(options.server, options.key, authority_of(settings, options.authority));
    return say(options, [&](const std::string& photo) { return remote.similar_to(photo, options.region, options.limit); });
}

}  // namespace

void add_similar(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("similar", "Says what of your own looks like a photo, and how close it is; keeps nothing.");
    auto options = std::make_shared<SimilarOptions>();
    command->add_option("PHOTO", options->photos, "Photo files.")->required();
    command->add_flag("--json", options->json, "One JSON object a line.");
    command->add_option("--limit", options->limit, "Items for each photo, at most.")
        ->check(CLI::Range(1, listing::similar_max))
        ->capture_default_str();
    command->add_option("--region", options->region, "Only this part: x,y,width,height in parts of the photo, like 0.25,0.1,0.5,0.5.");
    command->add_option("--data", context.settings.data, "Data folder.")->capture_default_str();
    add_database_option(*command, context);
    command->add_option("--server", options->server, "Ask this server instead, http://HOST:PORT or https://HOST:PORT.");
    add_authority_option(*command, options->authority);
    command->add_option("--key", options->key, "API key with the scope `read`.")->envname("VITRINE_KEY");
    command->callback([&context, options] {
        context.exit = options->server.empty() ? similar_here(context.settings, *options) : similar_there(context.settings, *options);
    });
}

}  // namespace vitrine::app
