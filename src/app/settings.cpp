#include "app/settings.hpp"

#include <cstdlib>

#include "http/proxies.hpp"

namespace vitrine::app {

std::filesystem::path home_folder() {
    if (const char* xdg = std::getenv("XDG_DATA_HOME"); xdg && *xdg) return std::filesystem::path(xdg) / "vitrine";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home && *home ? home : ".") / ".local/share/vitrine";
}

Settings::Settings() : data(home_folder() / "data"), models(home_folder() / "models") {
    if (const char* folder = std::getenv("VITRINE_DATA"); folder && *folder) data = folder;
    if (const char* folder = std::getenv("VITRINE_MODELS"); folder && *folder) models = folder;
}

std::string Settings::shown_database() const {
    if (database.empty()) return (data / "vitrine.db").string();
    // Everything before the last @ may be a password, and everything after a question mark.
    auto begin = database.find("://"), at = database.rfind('@', database.find('?'));
    auto host = at != std::string::npos ? at + 1 : begin == std::string::npos ? database.size() : begin + 3;
    return "postgres://" + database.substr(host, database.find('?', host) - host);
}

void Settings::bind(Config& config) {
    config.text("database", database,
                "A PostgreSQL database instead of the file in the data folder: postgres://user@host:5432/name. The password is better in "
                "PGPASSWORD or ~/.pgpass.");
    config.whole("database_connections", database_connections, 2, 1000,
                 "Connections to PostgreSQL at most; a request that finds none for 5 s is answered 503.");
    config.text("listen", listen, "Address and port to serve on; port 0 takes any free one.");
    config.text("public_url", public_url, "What browsers see: behind a proxy, or with a name of your own, like https://shop.example.");
    config.list("trusted_proxies", trusted_proxies,
                "Addresses and networks of proxies, like 10.0.0.0/8, whose forwarded headers say who the client is.",
                [](const std::vector<std::string>& texts) -> Result<void> {
                    TRY(http::TrustedProxies::parse(texts));
                    return {};
                });
    config.toggle("tls.on", tls.on,
                  "Serve over HTTPS, with a certificate of a local authority (DATA/tls) unless tls.certificate names another.");
    config.text("tls.certificate", tls.certificate, "PEM file of the certificate and its chain; read again when it changes.");
    config.text("tls.key", tls.key, "PEM file of its key. Empty: it is in tls.certificate too.");
    config.text("log_level", log_level, "debug, info, warn or error.");
    config.whole("workers", workers, 0, 64,
                 "Drafts made at a time by serve; each uses every core through its models. 0 leaves them to `vitrine work`.");
    config.whole("queue.lease_seconds", lease_seconds, 1, 600,
                 "A worker that stands still for this long loses its job to another. One that dies loses it at once.");

    config.whole("queue.waiting_max", waiting_max, 1, 10'000'000,
                 "Jobs of a workspace that may wait; further uploads are answered 429 until some are done.");

    config.text("market", market, "Where listings that name no market will be sold: vinted, ebay or depop. Its rules review them.");

    config.whole("http.threads", http.threads, 1, 256, "Threads that run handlers.");
    config.whole("http.queue_max", http.queue_max, 1, 100'000, "Requests that may wait for a handler; one more is answered 503.");
    config.whole("http.connections_max", http.connections_max, 1, 100'000, "Open connections.");
    config.whole("http.header_bytes_max", http.header_bytes_max, 1024, 1 << 20, "Size of a request's headers.");
    config.whole("http.upload_bytes_max", http.upload_bytes_max, 1024, 1LL << 40, "Size of a whole upload.");
    config.whole("http.header_seconds_max", http.header_seconds_max, 1, 600, "Time a client has to send its headers.");
    config.whole("http.idle_seconds_max", http.idle_seconds_max, 1, 3600, "Time a quiet connection is kept.");
    config.whole("http.body_bytes_per_second_min", http.body_bytes_per_second_min, 1, 1 << 30, "A client that sends slower is cut.");

    config.whole("photo.bytes_max", photo.bytes_max, 1024, 1LL << 32, "Size of a photo file.");
    config.whole("photo.pixels_max", photo.pixels_max, 1'000'000, 1'000'000'000, "Pixels of a photo.");
    config.whole("photo.progressive_scans_max", photo.progressive_scans_max, 1, 10'000, "Scans of a progressive JPEG.");

    config.text("photo.decoding", photo_decoding,
                "jail: photos are decoded in processes that can open and reach nothing. here: in the program itself, unprotected.");

    config.whole("vision.threads", eyes.threads, 1, 256, "Threads of inference.");
    config.text("vision.precision", eyes.precision, "auto, f32 or bf16.");

    config.text("watch.folder", watch.folder, "A folder of its own: photos that are put into it become listings. Empty: none.");
    config.text("watch.workspace", watch.workspace, "Id of the workspace they go to. Empty: the first one.");
    config.text("watch.afterwards", watch.afterwards, "move: what is taken goes into done/ or failed/ in the folder. leave: it stays.");
    config.text("watch.language", watch.language, "Language of the texts, en or it.");
    config.whole("watch.quiet_seconds", watch.quiet_seconds, 1, 3600, "A sub-folder is taken when nothing changed in it for this long.");

    auth.bind(config);
}

Result<log::Level> Settings::level() const {
    const std::map<std::string, log::Level> levels{
        {"debug", log::Level::debug}, {"info", log::Level::info}, {"warn", log::Level::warn}, {"error", log::Level::error}};
    if (auto level = levels.find(log_level); level != levels.end()) return level->second;
    return Error{Kind::invalid, "config.value", "log_level must be one of debug, info, warn, error.", "log_level"};
}

http::ServerOptions Settings::server_options() const {
    return {listen, public_url, trusted_proxies, data / "tmp", http};
}

}  // namespace vitrine::app
