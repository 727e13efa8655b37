// vitrine serve: the server, its workers and its page in one process, until SIGINT or SIGTERM.

#include <fmt/format.h>

#include <cstdio>

#include "app/command.hpp"
#include "app/page.hpp"
#include "app/routes.hpp"
#include "app/samples.hpp"
#include "app/stopping.hpp"
#include "app/watched_folder.hpp"
#include "auth/guard.hpp"
#include "core/log.hpp"

namespace vitrine::app {
namespace {

// Once an hour what nobody needs any more is deleted: expired sessions, finished jobs, events that everybody has seen.
Result<void> tidy(House& house) {
    TRY(house.accounts->purge());
    TRY(house.queue->prune(std::chrono::hours{24 * 7}));
    TRY(house.events->prune());
    return {};
}

void greet(const std::string& address, const std::optional<std::string>& code) {
    fmt::print(stderr, "\n  vitrine is ready at http://{}\n", address);
    if (code)
        fmt::print(stderr, "  First run: open it and enter this setup code to make your account:\n\n      {}\n\n", *code);
    else
        fmt::print(stderr, "  Sign in with your name and password. Ctrl-C stops it.\n\n");
}

Result<void> serve(const Settings& settings, const std::string& samples) {
    StopSignals signals;
    if (settings.log_level == Settings{}.log_level) log::set_level(log::Level::info);
    auto house = TRY(House::open(settings));

    http::Router router;
    add_all_routes(router, *house, settings.data);
    auth::AccountGuard guard(*house->accounts, *house->database, house->clock, house->metrics, settings.auth, settings.public_url);
    http::Server server(settings.server_options(), router, guard, house->metrics);
    server.websocket("/api/v1/events/socket", events_socket(*house));
    server.page(page);

    if (!samples.empty()) TRY(add_samples(*house, settings.data, samples));
    house->workers->start(static_cast<int>(settings.workers));
    TRY(server.start());
    auto watched = TRY(WatchedFolder::start(settings, *house));
    greet(server.address(), TRY(house->accounts->open_setup(settings.data)));
    log::info("serve.ready", {{"address", server.address()}, {"models", house->eyes->ready()}});

    signals.wait(std::chrono::hours{1}, [&house] {
        if (auto tidied = tidy(*house); !tidied) log::failed("serve.tidy_failed", tidied.error());
    });
    log::info("serve.stopping");
    watched.reset();
    house->workers->request_stop();  // they are through about when the server is
    server.stop(stop_grace);
    signals.finish(*house->workers);
    return {};
}

}  // namespace

void add_serve(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("serve", "Serves the page and the API, and drafts in the background.");
    auto samples = std::make_shared<std::string>();
    command->add_option("--data", context.settings.data, "Data folder; made when missing (0700).")->capture_default_str();
    command->add_option("--listen", context.settings.listen, "Address and port; port 0 takes any free one.")->capture_default_str();
    command
        ->add_option("--trusted-proxies", context.settings.trusted_proxies,
                     "Addresses and networks of proxies whose forwarded headers say who the client is, separated by commas.")
        ->delimiter(',')
        ->type_name("ADDRESS,...");
    command->add_option("--workers", context.settings.workers, "Drafts made at a time; 0 leaves them to `vitrine work`.")
        ->capture_default_str()
        ->check(CLI::Range(0, 64));
    command->add_option("--watch", context.settings.watch.folder, "Folder whose photos become listings; see watch.* in the settings.")
        ->type_name("FOLDER");
    command->add_option("--samples", *samples, "Folder of sample photos, added once to an empty data folder.");
    command->callback([&context, samples] {
        if (auto served = serve(context.settings, *samples); !served) context.exit = complain(served.error());
    });
}

}  // namespace vitrine::app
