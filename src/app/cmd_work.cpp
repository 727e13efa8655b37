// vitrine work: drafts beside a server, in a process of its own over the same data folder (and the same PostgreSQL
// database, where there is one), until SIGINT or SIGTERM.

#include <fmt/format.h>

#include <algorithm>

#include "app/command.hpp"
#include "app/house.hpp"
#include "app/reload.hpp"
#include "app/stopping.hpp"
#include "auth/auth.hpp"
#include "core/log.hpp"

namespace vitrine::app {
namespace {

// A worker makes no data folder: one that is not there yet is a wrong --data.
Result<void> expect_data_folder(const Settings& settings) {
    const auto& data = settings.data;
    std::error_code ignored;
    if (std::filesystem::exists(settings.database.empty() ? data / "vitrine.db" : data, ignored)) return {};
    return Error{Kind::not_found, "work.no_data",
                 fmt::format("There is no vitrine data in {}. Start `vitrine serve --data {}` first, or name another folder with --data.",
                             data.string(), data.string()),
                 data.string()};
}

Result<void> expect_models(const vision::Eyes& eyes) {
    if (eyes.ready()) return {};
    for (const auto& part : eyes.parts())
        if (!part.ready) return Error{Kind::unavailable, "work.no_models", fmt::format("Nothing can be drafted. {}", part.problem)};
    return Error{Kind::unavailable, "work.no_models", "Nothing can be drafted without models. Run `vitrine models pull`."};
}

Result<void> work(const Settings& settings, std::int64_t workers) {
    StopSignals signals;
    if (settings.log_level == Settings{}.log_level) log::set_level(log::Level::info);
    TRY(expect_data_folder(settings));
    auto house = TRY(House::open(settings));
    TRY(house->can_decode());
    TRY(expect_models(*house->eyes()));
    if (!house->neighbours) return house->alone_because;

    house->workers->start(static_cast<int>(workers));
    log::info("work.ready", {{"data", settings.data.string()}, {"workers", workers}});
    signals.wait(
        std::chrono::hours{1}, [] {},
        [&house] {
            if (auto reloaded = house->reload->now(auth::local_caller(house->workspace)); !reloaded)
                log::failed("reload.refused", reloaded.error());
        });
    log::info("work.stopping");
    signals.finish(*house->workers);
    return {};
}

}  // namespace

void add_work(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand(
        "work",
        "Drafts in the background, in a process of its own beside `vitrine serve` on the same data folder. Start as many as you like; "
        "`vitrine serve --workers 0` leaves all drafting to them. One that dies loses its job to another at once. SIGTERM and Ctrl-C "
        "let it finish the drafts that it makes; a second one gives them back.");
    auto workers = std::make_shared<std::int64_t>(0);
    command->add_option("--data", context.settings.data, "Data folder of the server.")->capture_default_str();
    add_database_option(*command, context);
    command->add_option("--workers", *workers, "Drafts made at a time by this process; default: the setting `workers`, at least 1.")
        ->check(CLI::Range(1, 64));
    command->callback([&context, workers] {
        auto worked = work(context.settings, *workers > 0 ? *workers : std::max<std::int64_t>(1, context.settings.workers));
        if (!worked) context.exit = complain(worked.error());
    });
}

}  // namespace vitrine::app
