// vitrine add: photos from the command line become listings, here in the data folder or at a server.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "app/command.hpp"
#include "app/house.hpp"
#include "app/photo_files.hpp"
#include "app/remote.hpp"
#include "auth/auth.hpp"

namespace vitrine::app {
namespace {

using listing::Listing;
using listing::Made;
using listing::State;

struct AddOptions {
    std::vector<std::string> paths;
    bool together = false, again = false, wait = false, json = false;
    std::string language = "en", server, key, authority;
    std::optional<std::string> market;
};

// One item: what came of it, for people and as a JSON line.
struct Added {
    std::vector<std::string> photos;
    std::optional<Made> made;
    std::optional<Listing> listing;  // with --wait
    std::optional<Error> error;
};

json::Value line_of(const Added& added) {
    json::Object line{{"photos", json::write(added.photos)}};
    if (added.made) {
        line["listing"] = to_string(added.made->listing);
        line["created"] = added.made->created;
        if (added.made->duplicate_of) line["duplicate_of"] = to_string(*added.made->duplicate_of);
    }
    if (added.listing) {
        line["state"] = json::enum_name(added.listing->state);
        line["fields"] = json::write(added.listing->fields);
        line["remarks"] = json::write(added.listing->remarks);
        if (added.listing->problem) line["problem"] = *added.listing->problem;
    }
    if (added.error) line["error"] = json::Object{{"code", added.error->code}, {"message", added.error->message}};
    return line;
}

std::string words_of(const Added& added) {
    auto name =
        added.photos.size() == 1 ? added.photos.front() : fmt::format("{} and {} more", added.photos.front(), added.photos.size() - 1);
    if (added.error) return fmt::format("{}: {}", name, added.error->message);
    if (!added.made->created)
        return fmt::format("{}: already there as {} (--again makes a second one)", name, to_string(added.made->listing));
    if (!added.listing) return fmt::format("{}: kept as {}", name, to_string(added.made->listing));
    const auto& fields = added.listing->fields;
    if (added.listing->state == State::received)
        return fmt::format("{}: kept; its draft waits for the models (run `vitrine models pull`)", name);
    if (added.listing->problem) return fmt::format("{}: {}", name, *added.listing->problem);
    return fmt::format("{}: {}", name,
                       fields.title.value.value_or(fields.category.value.value_or("a draft without a title; open the page to fill it in")));
}

class Progress {
public:
    explicit Progress(std::size_t total) : total_(total), shown_(::isatty(STDERR_FILENO) && total > 1) {}
    ~Progress() {
        if (shown_) fmt::print(stderr, "\r\033[K");
    }
    void step(std::string_view what) {
        if (shown_) fmt::print(stderr, "\r\033[K{}/{} {}", ++done_, total_, what);
    }

private:
    std::size_t total_, done_ = 0;
    bool shown_;
};

// A file is one item; a folder, or everything with --together, is one item.
Result<std::vector<std::vector<std::filesystem::path>>> items_of(const AddOptions& options) {
    std::vector<std::vector<std::filesystem::path>> items;
    if (options.together) {
        items.push_back(TRY(photo_files(options.paths)));
        return items;
    }
    for (const auto& path : options.paths) items.push_back(TRY(photo_files({path})));
    return items;
}

Result<std::vector<Added>> add_here(const Settings& settings, const AddOptions& options, listing::Language language,
                                    std::optional<listing::Market> market) {
    auto items = TRY(items_of(options));
    auto house = TRY(House::open(settings));
    TRY(house->can_decode());
    auto local = auth::local_caller(house->workspace);
    std::vector<Added> all;
    Progress progress(items.size());
    for (const auto& item : items) {
        Added added;
        for (const auto& path : item) added.photos.push_back(path.string());
        progress.step(added.photos.front());
        auto made = house->listings->create(local, incoming(item), language, options.again, market);
        if (made)
            added.made = *made;
        else
            added.error = made.error();
        all.push_back(std::move(added));
    }
    // Drafts what no worker took. A running server shares the queue: each job is done by one of them.
    if (house->eyes()->ready()) TRY(house->workers->drain());
    for (auto& added : all)
        if (added.made) added.listing = TRY(house->listings->find(local, added.made->listing));
    return all;
}

Result<std::vector<Added>> add_there(const Settings& settings, const AddOptions& options) {
    auto items = TRY(items_of(options));
    Remote remote(options.server, options.key, authority_of(settings, options.authority));
    std::vector<Added> all;
    Progress progress(items.size());
    for (const auto& item : items) {
        Added added;
        for (const auto& path : item) added.photos.push_back(path.string());
        progress.step(added.photos.front());
        auto made = remote.create(item, options.language, options.again, options.market);
        if (made)
            added.made = *made;
        else
            added.error = made.error();
        all.push_back(std::move(added));
    }
    if (options.wait)
        for (auto& added : all)
            if (added.made) added.listing = TRY(remote.wait_for_draft(added.made->listing));
    return all;
}

int add(const Settings& settings, const AddOptions& options) {
    auto language = json::enum_of<listing::Language>(options.language);
    std::optional<listing::Market> market;
    if (options.market) market = json::enum_of<listing::Market>(*options.market);
    auto added = options.server.empty() ? add_here(settings, options, *language, market) : add_there(settings, options);
    if (!added) return complain(added.error());
    for (const auto& each : *added) {
        if (options.json)
            std::cout << json::print(line_of(each)) << "\n";
        else
            (each.error ? std::cerr : std::cout) << words_of(each) << "\n";
    }
    auto bad = std::ranges::count_if(*added, [](const Added& each) { return each.error.has_value(); });
    return bad == 0 ? Exit::done : bad == static_cast<std::ptrdiff_t>(added->size()) ? Exit::failed : Exit::partly;
}

}  // namespace

void add_add(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("add", "Makes listings from photos: a file is one item, a folder is one item.");
    auto options = std::make_shared<AddOptions>();
    command->add_option("PATH", options->paths, "Photos and folders.")->required();
    command->add_flag("--together", options->together, "All the photos are one item.");
    command->add_flag("--again", options->again, "Make a new listing even when these photos have one.");
    command->add_flag("--wait", options->wait, "With --server: wait for the drafts. Without a server they are made at once.");
    command->add_flag("--json", options->json, "One JSON object a line.");
    command->add_option("--language", options->language, "Language of the texts.")
        ->check(CLI::IsMember({"en", "it"}))
        ->capture_default_str();
    command->add_option("--for", options->market, "Where it will be sold; its rules review the draft. Without it, the setting `market`.")
        ->check(CLI::IsMember(json::enum_names<listing::Market>()));
    command->add_option("--data", context.settings.data, "Data folder.")->capture_default_str();
    add_database_option(*command, context);
    command->add_option("--server", options->server, "Add at this server instead, http://HOST:PORT or https://HOST:PORT.");
    add_authority_option(*command, options->authority);
    command->add_option("--key", options->key, "API key with the scope `upload` (and `read` for --wait).")->envname("VITRINE_KEY");
    command->callback([&context, options] { context.exit = add(context.settings, *options); });
}

}  // namespace vitrine::app
