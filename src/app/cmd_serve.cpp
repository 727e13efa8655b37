// vitrine serve: the server, its workers and its page in one process, until SIGINT or SIGTERM.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "app/command.hpp"
#include "app/door.hpp"
#include "app/https.hpp"
#include "app/machine.hpp"
#include "app/qr.hpp"
#include "app/reload.hpp"
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

// The phone's way in, with a QR code where somebody can point a camera at it.
void greet_phones(const WayIn& way) {
    auto first = way.trust_address ? way.trust_address : way.address;
    if (!first) return;
    if (way.way == Way::plain)
        fmt::print(stderr, "  Others in your network open {}. With --tls they also get the camera and the app.\n", *first);
    else if (!way.trust_address)
        fmt::print(stderr, "  On your phone: {}\n", *first);
    else
        fmt::print(stderr,
                   "  On your phone, once: {}\n  (it says how to trust this vitrine; afterwards {})\n  SHA-256 fingerprint of its "
                   "authority, to compare there:\n      {}\n      {}\n",
                   *first, *way.address, way.fingerprint->substr(0, 48), way.fingerprint->substr(48));
    if (!::isatty(STDERR_FILENO)) return;
    if (auto qr = Qr::encode(*first)) fmt::print(stderr, "\n{}\n", qr->blocks());
}

void greet(const Door& door, const std::optional<std::string>& code) {
    fmt::print(stderr, "\n  vitrine is ready at {}\n", door.here());
    greet_phones(door.way_in());
    if (code)
        fmt::print(stderr, "  First run: open it and enter this setup code to make your account:\n\n      {}\n\n", *code);
    else
        fmt::print(stderr, "  Sign in with your name and password. Ctrl-C stops it.\n\n");
}

Result<void> serve(const Settings& settings, const std::string& samples) {
    StopSignals signals;
    if (settings.log_level == Settings{}.log_level) log::set_level(log::Level::info);
    auto house = TRY(House::open(settings));

    auto https = TRY(Https::start(settings, house->clock, house->metrics));
    Door door(settings, https ? https->trust() : std::nullopt, https ? https->name() : std::string());
    auto options = settings.server_options();
    options.names = look_around().names;
    if (https) https->add_to(options);

    http::Router router;
    add_all_routes(router, *house, settings.data, door);
    auth::AccountGuard guard(*house->accounts, *house->database, house->clock, house->metrics, settings.auth, settings.public_url);
    house->reload->when_settings_change([&guard](const Settings& now) { guard.limit(now.auth); });
    http::Server server(options, router, guard, house->metrics);
    server.websocket("/api/v1/events/socket", events_socket(*house));
    door.add_pages(server);

    if (!samples.empty()) TRY(add_samples(*house, settings.data, samples));
    house->workers->start(static_cast<int>(settings.workers));
    TRY(server.start());
    house->likeness->open_soon();
    TRY(house->can_decode());  // who asks for something else is answered meanwhile
    auto watched = TRY(WatchedFolder::start(settings, *house));
    door.opened(server.address());
    greet(door, TRY(house->accounts->open_setup(settings.data)));
    log::info("serve.ready", {{"address", server.address()}, {"url", door.here()}});

    signals.wait(
        std::chrono::hours{1},
        [&house] {
            if (auto tidied = tidy(*house); !tidied) log::failed("serve.tidy_failed", tidied.error());
        },
        [&house, &https] {
            if (https) https->refresh();
            if (auto reloaded = house->reload->now(auth::local_caller(house->workspace)); !reloaded)
                log::failed("reload.refused", reloaded.error());
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
    add_database_option(*command, context);
    command->add_option("--listen", context.settings.listen, "Address and port; port 0 takes any free one.")->capture_default_str();
    command
        ->add_option("--trusted-proxies", context.settings.trusted_proxies,
                     "Addresses and networks of proxies whose forwarded headers say who the client is, separated by commas.")
        ->delimiter(',')
        ->type_name("ADDRESS,...");
    command->add_flag("--tls", context.settings.tls.on, "Serve over HTTPS, with a certificate that a local authority in DATA/tls signs.");
    command
        ->add_option("--tls-certificate", context.settings.tls.certificate, "Serve over HTTPS with this certificate (PEM, with its chain).")
        ->type_name("FILE");
    command->add_option("--tls-key", context.settings.tls.key, "Its key (PEM).")->type_name("FILE");
    command->add_option("--public-url", context.settings.public_url, "What browsers see: behind a proxy, or with a name of your own.")
        ->type_name("URL");
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
