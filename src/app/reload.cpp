#include "app/reload.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/labels.hpp"
#include "app/pack.hpp"
#include "app/routes.hpp"
#include "core/log.hpp"

namespace vitrine::app {
namespace {

// Settings that hold as soon as they are read; the others are built into what was made at the start.
constexpr std::string_view at_once[] = {"log_level", "auth.requests_per_second", "auth.requests_burst", "auth.anonymous_per_second",
                                        "auth.anonymous_burst"};

Result<Settings> read_file(const Settings& started) {
    Settings settings;
    Config config;
    settings.bind(config);
    TRY(config.load(started.file, started.file_named, environment()));
    TRY(settings.level());
    return settings;
}

// Key to value, as text.
std::map<std::string, std::string> values(Settings settings) {
    Config config;
    settings.bind(config);
    std::map<std::string, std::string> values;
    for (const auto& setting : config.settings()) values[setting.key] = setting.default_text;
    return values;
}

// Names, sizes and times of the pack's files: the same as long as nobody pulled or added a model.
std::string state_of(const std::filesystem::path& models) {
    std::vector<std::string> files;
    std::error_code none;
    for (auto entry = std::filesystem::recursive_directory_iterator(models, none); entry != std::filesystem::recursive_directory_iterator();
         entry.increment(none)) {
        if (entry->path().filename() == "compiled") entry.disable_recursion_pending();  // made by ourselves
        if (entry->is_regular_file(none))
            files.push_back(fmt::format("{} {} {}", entry->path().string(), entry->file_size(none),
                                        entry->last_write_time(none).time_since_epoch().count()));
    }
    std::ranges::sort(files);
    return fmt::format("{}", fmt::join(files, "\n"));
}

}  // namespace

Reload::Reload(const Settings& started, House& house)
    : running_(started), file_(started), models_state_(state_of(started.models)), house_(house) {
    if (auto read = read_file(started)) file_ = *std::move(read);
}

Result<Reloaded> Reload::now(const http::Caller& who) {
    std::scoped_lock lock(mutex_);
    auto file = TRY(read_file(running_));
    auto before = house_.tools->get();
    auto labels = TRY(open_labels(running_.data / "labels"));
    auto models_state = state_of(running_.models);
    auto eyes = before->eyes;
    if (models_state != models_state_) eyes = open_eyes(running_, true, house_.metrics);

    // From here on nothing can fail.
    Reloaded reloaded;
    auto then = values(file_), now = values(file), running = values(running_);
    Config config;
    running_.bind(config);
    for (const auto& [key, value] : now) {
        if (value == then[key]) continue;
        if (running[key] != then[key]) continue;  // a flag said otherwise, and still wins
        const bool live = std::ranges::find(at_once, key) != std::end(at_once) && config.set(key, value, "reload");
        (live ? reloaded.settings : reloaded.next_start).push_back(key);
    }
    file_ = std::move(file);
    models_state_ = std::move(models_state);
    if (!reloaded.settings.empty()) {
        log::set_level(*running_.level());
        if (apply_) apply_(running_);
    }

    auto after = std::make_shared<const listing::Tools>(listing::Tools{eyes, labels.catalog, labels.version});
    auto old_versions = before->versions();
    for (const auto& [part, version] : after->versions())
        if (old_versions[part] != version) reloaded.parts.push_back(part);
    house_.tools->replace(after);

    if (auto redo = house_.listings->redo(who, true))
        reloaded.redo = *redo;
    else
        log::failed("reload.not_counted", redo.error());  // what was taken in holds all the same
    log::info("reload.done", {{"settings", fmt::format("{}", fmt::join(reloaded.settings, ", "))},
                              {"next_start", fmt::format("{}", fmt::join(reloaded.next_start, ", "))},
                              {"parts", fmt::format("{}", fmt::join(reloaded.parts, ", "))},
                              {"outdated_drafts", reloaded.redo.listings}});
    return reloaded;
}

void add_reload_routes(http::Router& router, House& house) {
    http::Route route{http::Method::post, "/api/v1/reload", http::Right::owner, "reload",
                      "Takes settings, labels and models anew without stopping anything; says what changed, and which drafts would now be "
                      "made differently. POST /api/v1/listings/redo makes those again."};
    route.answer_schema = json::schema<Reloaded>();
    route.handler = [&house](http::Request& request) -> Result<http::Response> {
        return http::Response::json(200, json::write(TRY(house.reload->now(request.who()))));
    };
    router.add(std::move(route));
}

}  // namespace vitrine::app
