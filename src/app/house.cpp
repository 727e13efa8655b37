#include "app/house.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/labels.hpp"
#include "app/pack.hpp"
#include "app/reload.hpp"
#include "app/watched_folder.hpp"
#include "core/log.hpp"
#include "photo/files.hpp"

namespace vitrine::app {

Result<void> prepare_data_folder(const std::filesystem::path& data) {
    auto refused = [&](std::string_view why) {
        return Error{Kind::unavailable, "app.data",
                     fmt::format("The data folder {} cannot be made or opened: {} Name another with --data.", data.string(), why),
                     data.string()};
    };
    std::error_code error;
    auto folder = std::filesystem::absolute(data / "", error).lexically_normal().parent_path();
    if (auto made = photo::make_folders(folder, photo::Durable::yes); !made) return refused(made.error().message);
    // Its name, too, has to outlive a power cut, and who made it may have died before syncing the folder above. One that
    // we may not even read was there before us.
    if (auto synced = photo::sync_folder(folder.parent_path()); !synced) log::failed("house.folder_not_synced", synced.error());
    std::filesystem::create_directories(data / "tmp", error);
    if (!error && ::chmod(data.c_str(), 0700) != 0) error = std::error_code(errno, std::generic_category());
    if (error) return refused(error.message() + ".");
    return {};
}

namespace {

// Snapshots are read where they lie, and a file that another host replaces on a shared folder is gone for who reads it.
std::filesystem::path index_folder(const Settings& settings) {
    if (settings.database.empty()) return settings.data / "index";
    char host[256] = "host";
    (void)::gethostname(host, sizeof(host) - 1);
    return settings.data / "index" / host;
}

}  // namespace

Result<std::unique_ptr<House>> House::open(const Settings& settings) {
    return open(settings, true);
}
Result<std::unique_ptr<House>> House::open_without_models(const Settings& settings) {
    return open(settings, false);
}

Result<std::unique_ptr<House>> House::open(const Settings& settings, bool with_models) {
    auto market = json::enum_of<listing::Market>(settings.market);
    if (!market)
        return Error{Kind::invalid, "config.value",
                     fmt::format("market must be one of {}.", fmt::join(json::enum_names<listing::Market>(), ", ")), "market"};
    TRY(prepare_data_folder(settings.data));
    std::unique_ptr<House> house(new House);

    house->database = TRY(store::Database::open({.file = settings.data / "vitrine.db",
                                                 .server = settings.database,
                                                 .connections = static_cast<int>(settings.database_connections),
                                                 .metrics = &house->metrics}));
    const store::Migrations migrations[] = {auth::Accounts::migrations(),     queue::Queue::migrations(),      vision::migrations(),
                                            likeness::Likeness::migrations(), listing::Listings::migrations(), WatchedFolder::migrations()};
    TRY(house->database->migrate(migrations));

    house->decoding = std::make_unique<Decoding>(TRY(Decoding::open(settings)));
    if (with_models) house->decoding_warmed_ = std::async(std::launch::async, [&decoding = *house->decoding] { return decoding.warm(); });
    auto labels = TRY(open_labels(settings.data / "labels"));
    std::shared_ptr<vision::Eyes> eyes = open_eyes(settings, with_models, house->metrics);
    house->tools = std::make_unique<Current<listing::Tools>>(
        std::make_shared<const listing::Tools>(listing::Tools{eyes, labels.catalog, labels.version}));
    house->audit = std::make_unique<auth::Audit>(house->clock);
    house->accounts = std::make_unique<auth::Accounts>(*house->database, *house->audit, house->clock, settings.auth);
    house->workspace = TRY(house->accounts->ensure_workspace());
    // Without it everything works, only later: other processes find out when they next look.
    if (auto neighbours = settings.database.empty() ? queue::Neighbours::join(settings.data / "processes")
                                                    : queue::Neighbours::join_server(settings.database))
        house->neighbours = *std::move(neighbours);
    else
        log::failed("house.alone", house->alone_because = neighbours.error());
    house->queue = std::make_unique<queue::Queue>(*house->database, house->clock, house->metrics, house->neighbours.get());
    house->events = std::make_unique<queue::Events>(*house->database, house->clock, house->neighbours.get());
    auto decode = [&decoding = *house->decoding](std::span<const std::uint8_t> file) { return decoding.decode(file); };
    house->vault = std::make_unique<photo::Vault>(settings.data, settings.photo, decode);
    house->likeness =
        std::make_unique<likeness::Likeness>(*house->database, likeness::Settings{.folder = index_folder(settings)}, house->metrics);
    house->listings = std::make_unique<listing::Listings>(listing::House{*house->database, *house->queue, *house->events, *house->vault,
                                                                         *house->likeness, decode, *house->tools, *house->audit,
                                                                         house->clock, house->metrics, *market, settings.waiting_max});
    TRY(house->listings->renew_remarks());
    TRY(house->listings->enqueue_remembering());
    house->workers = std::make_unique<queue::Workers>(*house->queue, house->metrics, std::chrono::seconds{settings.lease_seconds});
    house->listings->add_jobs(*house->workers);
    house->reload = std::make_unique<Reload>(settings, *house);
    return house;
}

House::~House() = default;

Result<void> House::can_decode() {
    if (!decoding_warmed_.valid()) return {};
    auto warmed = decoding_warmed_.get();
    if (!warmed && warmed.error().code == "photo.jail") return warmed;
    if (!warmed) log::failed("house.decoding_later", warmed.error());  // a machine that is slow now may have a child when a photo comes
    return {};
}

}  // namespace vitrine::app
