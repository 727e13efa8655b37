#include "app/watched_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/folder_watch.hpp"
#include "app/photo_files.hpp"
#include "app/put_away.hpp"
#include "core/log.hpp"
#include "queue/retry.hpp"

namespace vitrine::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds first_pause{500}, longest_pause{60'000};

enum class Afterwards { move, leave };
BOOST_DESCRIBE_ENUM(Afterwards, move, leave)

// What became of an item: a listing, or the reason why there is none.
struct Outcome {
    std::optional<std::string> listing;
    std::optional<std::string> reason;
};

template <class E>
Result<E> choice(const std::string& key, const std::string& text) {
    if (auto value = json::enum_of<E>(text)) return *value;
    return Error{Kind::invalid, "config.value", fmt::format("{} must be one of {}.", key, fmt::join(json::enum_names<E>(), ", ")), key};
}

// Some programs close a file several times while they write it, which looks like a file that was cut off.
bool may_still_grow(const Error& error) {
    return error.code == "photo.empty" || error.code == "photo.truncated";
}

}  // namespace

// --- what is remembered of items that stay where they are --------------------------------------------------------------

store::Migrations WatchedFolder::migrations() {
    static constexpr EmbeddedFile files[] = {{"migrations/0001_watched_items.sql", R"(
CREATE TABLE watched_items (
    workspace_id  TEXT NOT NULL,
    folder        TEXT NOT NULL,
    name          TEXT NOT NULL,
    stamp         TEXT NOT NULL,    -- of its files; another stamp is another item
    listing_id    TEXT,
    reason        TEXT,             -- why there is no listing
    PRIMARY KEY (workspace_id, folder, name)
);
)"}};
    return {"app", files};
}

struct WatchedFolder::Inside {
    House& house;
    fs::path folder;
    http::Caller caller;
    Afterwards afterwards;
    listing::Language language;
    milliseconds quiet;

    std::string told;                            // the trouble that was told last; empty: it works
    std::map<std::string, std::string> awaited;  // items that looked cut off, and their stamp then
    std::jthread thread{};                       // the last member: it ends first

    Inside(House& house, const Settings& settings, WorkspaceId workspace, Afterwards afterwards, listing::Language language)
        : house(house),
          folder(fs::absolute(settings.watch.folder).lexically_normal()),
          caller{workspace, std::nullopt, "watched folder", ""},
          afterwards(afterwards),
          language(language),
          quiet(std::chrono::seconds(settings.watch.quiet_seconds)) {
        if (!folder.has_filename()) folder = folder.parent_path();  // "photos/"
    }

    void run(const std::stop_token& stop) {
        auto pause = first_pause;
        while (!stop.stop_requested()) {
            auto ended = watch(stop, pause);
            if (ended) return;
            tell_trouble(ended.error());
            wait(stop, pause);
            pause = std::min(2 * pause, longest_pause);
        }
    }

    // Until it is stopped, or something is in the way that may pass.
    Result<void> watch(const std::stop_token& stop, milliseconds& pause) {
        auto watch = TRY(FolderWatch::open(folder, quiet, put_away_folders()));
        if (afterwards == Afterwards::move) TRY(make_put_away_folders(folder));
        tell_ready();
        while (auto item = TRY(watch->next(stop))) {
            TRY(take(*watch, *item));
            pause = first_pause;
        }
        return {};
    }

    Result<void> take(FolderWatch& watch, const FolderItem& item) {
        auto outcome = TRY(remembered(item));
        bool was_there = outcome.has_value();
        if (!outcome) {
            auto made = make_listing(item);
            if (!made && queue::is_retried(made.error().kind)) return made.error();  // the machine's trouble, not the photo's
            if (!made && may_still_grow(made.error()) && awaited[item.name] != item.stamp) {
                awaited[item.name] = item.stamp;
                watch.give_again(item, quiet);
                return {};
            }
            awaited.erase(item.name);
            if (stamp_of(item.photos) != item.stamp) return {};  // changed while it was read: it will be given again
            outcome = made ? Outcome{to_string(made->listing), {}} : Outcome{{}, made.error().message};
            TRY(tell(item, made));
        }
        if (afterwards == Afterwards::move) {
            auto moved = put_away(folder, item.name, outcome->reason);
            if (moved && !told.empty()) tell_ready();
            if (moved) return {};
            tell_trouble(moved.error());
            watch.give_again(item, longest_pause);
        }
        if (!was_there) TRY(remember(item, *outcome));
        return {};
    }

    Result<listing::Made> make_listing(const FolderItem& item) {
        for (const auto& photo : item.photos)
            if (::faccessat(AT_FDCWD, photo.c_str(), R_OK, AT_EACCESS) != 0 && errno == EACCES)
                return Error{Kind::denied, "watch.unreadable",
                             fmt::format("{} may not be read by vitrine; change who may read it, and put it in again.",
                                         shown_name(photo.filename()))};
        return house.listings->create(caller, incoming(item.photos), language, false);
    }

    // --- memory

    Result<std::optional<Outcome>> remembered(const FolderItem& item) {
        static constexpr store::Statement statement{
            "watch.find",
            "SELECT listing_id, reason FROM watched_items WHERE workspace_id = :workspace AND folder = :folder"
            " AND name = :name AND stamp = :stamp"};
        auto row = TRY(house.database->read([&](store::Transaction& tx) {
            return tx.row(statement, {caller.workspace, shown_name(folder), shown_name(item.name), item.stamp});
        }));
        if (!row) return std::optional<Outcome>{};
        return std::optional(Outcome{row->text_if("listing_id"), row->text_if("reason")});
    }

    Result<void> remember(const FolderItem& item, const Outcome& outcome) {
        static constexpr store::Statement statement{
            "watch.keep",
            "INSERT INTO watched_items (workspace_id, folder, name, stamp, listing_id, reason)"
            " VALUES (:workspace, :folder, :name, :stamp, :listing, :reason)"
            " ON CONFLICT (workspace_id, folder, name) DO UPDATE SET stamp = excluded.stamp, listing_id = excluded.listing_id,"
            " reason = excluded.reason"};
        return house.database->write([&](store::Transaction& tx) -> Result<void> {
            TRY(tx.execute(statement,
                           {caller.workspace, shown_name(folder), shown_name(item.name), item.stamp, outcome.listing, outcome.reason}));
            return {};
        });
    }

    // --- what people hear of it

    Result<void> tell(const FolderItem& item, const Result<listing::Made>& made) {
        auto name = shown_name(item.name);
        if (!made) {
            log::warn("watch.refused", {{"file", name}, {"code", made.error().code}, {"message", made.error().message}});
            return append("watch.refused", name, json::Object{{"code", made.error().code}, {"message", made.error().message}});
        }
        log::info(made->created ? "watch.taken" : "watch.repeated", {{"file", name}, {"listing", to_string(made->listing)}});
        if (made->created) return {};  // listing.created told it
        return append("watch.repeated", to_string(made->listing), json::Object{{"file", name}});
    }

    void tell_trouble(const Error& error) {
        if (told == error.message) return;
        told = error.message;
        log::failed("watch.unavailable", error);
        if (auto kept = append("watch.unavailable", shown_name(folder), json::Object{{"message", error.message}}); !kept)
            log::failed("watch.untold", kept.error());
    }

    void tell_ready() {
        log::info("watch.ready", {{"folder", shown_name(folder)}});
        if (told.empty()) return;
        told.clear();
        if (auto kept = append("watch.ready", shown_name(folder), json::Object{}); !kept) log::failed("watch.untold", kept.error());
    }

    Result<void> append(std::string_view kind, const std::string& subject, const json::Value& data) {
        return house.database->write(
            [&](store::Transaction& tx) { return house.events->append(tx, caller.workspace, kind, subject, data); });
    }

    static void wait(const std::stop_token& stop, milliseconds time) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
    }
};

WatchedFolder::WatchedFolder(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
WatchedFolder::~WatchedFolder() = default;

Result<std::unique_ptr<WatchedFolder>> WatchedFolder::start(const Settings& settings, House& house) {
    if (settings.watch.folder.empty()) return std::unique_ptr<WatchedFolder>();
    auto afterwards = TRY(choice<Afterwards>("watch.afterwards", settings.watch.afterwards));
    auto language = TRY(choice<listing::Language>("watch.language", settings.watch.language));
    auto workspace = house.workspace;
    if (!settings.watch.workspace.empty())
        workspace = TRY(house.accounts->find_workspace(TRY(WorkspaceId::parse(settings.watch.workspace)))).id;
    auto inside = std::make_unique<Inside>(house, settings, workspace, afterwards, language);

    auto lies_in = [](const fs::path& inner, const fs::path& outer) { return std::ranges::mismatch(outer, inner).in1 == outer.end(); };
    std::error_code none;
    auto data = fs::weakly_canonical(settings.data, none), folder = fs::weakly_canonical(inside->folder, none);
    if (lies_in(folder, data) || lies_in(data, folder))
        return Error{
            Kind::invalid, "watch.own_data",
            fmt::format("The watched folder {} and the data folder {} may not lie in each other.", shown_name(folder), shown_name(data)),
            "watch.folder"};
    inside->thread = std::jthread([inside = inside.get()](const std::stop_token& stop) { inside->run(stop); });
    return std::unique_ptr<WatchedFolder>(new WatchedFolder(std::move(inside)));
}

Result<void> check_watched_folder(const Settings& settings) {
    TRY(FolderWatch::open(settings.watch.folder, std::chrono::seconds(settings.watch.quiet_seconds), put_away_folders()));
    if (settings.watch.afterwards == json::enum_name(Afterwards::move)) TRY(make_put_away_folders(settings.watch.folder));
    return {};
}

}  // namespace vitrine::app
