#pragma once
// Settings, labels and models taken anew while requests and jobs go on: at a SIGHUP, and by POST /api/v1/reload.

#include <boost/describe.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "app/house.hpp"

namespace vitrine::app {

struct Reloaded {
    std::vector<std::string> settings;    // changed, and in force now
    std::vector<std::string> next_start;  // changed, and in force when the program is started next
    std::vector<std::string> parts;       // "labels", and tasks whose model changed
    listing::Redo redo;                   // drafts that would now be made differently; nothing was started
};
BOOST_DESCRIBE_STRUCT(Reloaded, (), (settings, next_start, parts, redo))

// Thread-safe: one at a time.
class Reload {
public:
    // Told the settings that changed in the file and may change while we run, the others being as at the start.
    using Apply = std::function<void(const Settings&)>;
    // `started`: as the program was started, flags included. The house outlives this.
    Reload(const Settings& started, House&);
    // Before anything is reloaded. The level of the log needs nobody.
    void when_settings_change(Apply apply) { apply_ = std::move(apply); }

    // All of it or nothing: a wrong line in a file changes nothing. `who` is whose drafts are counted. What runs goes on with
    // what it began with. Errors: those of Config::load and open_labels.
    Result<Reloaded> now(const http::Caller& who);

private:
    Settings running_;
    Settings file_;             // what the file said last
    std::string models_state_;  // what the pack's folder held last
    House& house_;
    Apply apply_;
    std::mutex mutex_;
};

}  // namespace vitrine::app
