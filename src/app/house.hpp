#pragma once
// The house put together: every room's object, in the order they need each other, over one data folder.

#include <filesystem>
#include <future>
#include <memory>

#include "app/decoding.hpp"
#include "app/settings.hpp"
#include "auth/accounts.hpp"
#include "auth/audit.hpp"
#include "core/clock.hpp"
#include "core/current.hpp"
#include "core/metrics.hpp"
#include "likeness/likeness.hpp"
#include "listing/listings.hpp"
#include "photo/vault.hpp"
#include "queue/events.hpp"
#include "queue/neighbours.hpp"
#include "queue/queue.hpp"
#include "store/database.hpp"
#include "vision/eyes.hpp"

namespace vitrine::app {

class Reload;

// Opened by serve, work, add, people, migrate and bench. Several processes may have the same folder open.
class House {
public:
    // Makes the folder (0700) when it is missing, opens the database and brings it up to date. The models are loaded, and a
    // process that decodes is made, in the meantime and beyond: Eyes and can_decode() wait for them.
    // Errors: app.data (the folder), those of Database::open and migrate.
    static Result<std::unique_ptr<House>> open(const Settings&);
    // Only the rows: for people and migrate, which look at no photo. The models are then not ready.
    static Result<std::unique_ptr<House>> open_without_models(const Settings&);
    ~House();

    // Whether photos can be decoded the way the settings say. One thread, once. Errors: photo.jail.
    Result<void> can_decode();

    SystemClock clock;
    Metrics metrics;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<Decoding> decoding;
    std::unique_ptr<Current<listing::Tools>> tools;  // models and labels; replaced by Reload
    std::unique_ptr<auth::Audit> audit;
    std::unique_ptr<auth::Accounts> accounts;
    std::unique_ptr<queue::Neighbours> neighbours;  // null when the folder has no room for sockets
    Error alone_because;                            // then
    std::unique_ptr<queue::Queue> queue;
    std::unique_ptr<queue::Events> events;
    std::unique_ptr<photo::Vault> vault;
    std::unique_ptr<likeness::Likeness> likeness;
    std::unique_ptr<listing::Listings> listings;
    std::unique_ptr<queue::Workers> workers;  // its jobs are added, not started
    std::unique_ptr<Reload> reload;
    WorkspaceId workspace;  // the default one

    // As they are now. Who needs them for longer keeps what this gave.
    std::shared_ptr<vision::Eyes> eyes() const { return tools->get()->eyes; }
    std::shared_ptr<const catalog::Catalog> catalog() const { return tools->get()->catalog; }

private:
    std::future<Result<void>> decoding_warmed_;

    House() = default;
    static Result<std::unique_ptr<House>> open(const Settings&, bool with_models);
};

// Creates the folder with mode 0700, and its temporary folder. Errors: app.data.
Result<void> prepare_data_folder(const std::filesystem::path&);

}  // namespace vitrine::app
