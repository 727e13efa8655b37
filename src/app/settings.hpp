#pragma once
// Every setting of the program in one place; config.cpp of core says how they are read, `vitrine doctor --settings`
// prints the table.

#include <filesystem>
#include <string>
#include <vector>

#include "auth/settings.hpp"
#include "core/config.hpp"
#include "core/log.hpp"
#include "http/server.hpp"
#include "photo/photo.hpp"
#include "queue/queue.hpp"
#include "vision/eyes.hpp"

namespace vitrine::app {

struct Settings {
    std::filesystem::path data;  // --data, VITRINE_DATA; default: XDG data folder/vitrine/data
    std::string database;        // --database: postgres://user@host:port/name; empty: DATA/vitrine.db
    std::int64_t database_connections = 16;
    std::filesystem::path models;  // VITRINE_MODELS; default: XDG data folder/vitrine/models
    std::string listen = "127.0.0.1:8080";
    std::string public_url;
    std::vector<std::string> trusted_proxies;  // addresses and networks whose forwarded headers count
    std::string log_level = "warn";            // of the command line; serve says more, unless it was told otherwise
    std::int64_t workers = 1;                  // draft jobs at a time; each uses every core through its models
    std::int64_t lease_seconds = queue::Workers::lease_time_usual.count();
    std::int64_t waiting_max = 20'000;
    std::string market = "vinted";  // of listings that name none
    http::Limits http;
    photo::Limits photo;
    std::string photo_decoding = "jail";
    std::filesystem::path file;  // where the settings were read from, for Reload; whether somebody named it
    bool file_named = false;
    std::filesystem::path program;  // this one, to start children of; set by main, empty in tests: no children
    auth::Settings auth;
    vision::EyesOptions eyes;

    // https.hpp
    struct Tls {
        bool on = false;
        std::string certificate, key;  // files
    } tls;

    // watched_folder.hpp; nothing is watched while `folder` is empty.
    struct Watch {
        std::string folder;
        std::string workspace;
        std::string afterwards = "move";
        std::string language = "en";
        std::int64_t quiet_seconds = 3;
    } watch;

    Settings();
    // Names every setting to `config`, bound to this object.
    void bind(Config& config);
    // Where the rows are, for people: no password.
    std::string shown_database() const;
    // Errors: config.value.
    Result<log::Level> level() const;
    // What the server is started with.
    http::ServerOptions server_options() const;
};

// $XDG_DATA_HOME/vitrine, or ~/.local/share/vitrine.
std::filesystem::path home_folder();

}  // namespace vitrine::app
