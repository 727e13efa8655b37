#include "app/remote.hpp"

#include <fmt/format.h>

#include <thread>

namespace vitrine::app {
namespace {

constexpr std::chrono::minutes draft_wait_max{10};

std::string without_slash(std::string server) {
    while (server.ends_with('/')) server.pop_back();
    return server;
}

http::ClientOptions trusting(std::filesystem::path authority) {
    http::ClientOptions options;
    options.authority = std::move(authority);
    return options;
}

}  // namespace

Remote::Remote(std::string server, std::string key, std::filesystem::path authority)
    : client_(trusting(std::move(authority))), server_(without_slash(std::move(server))), key_(std::move(key)) {}

Result<json::Value> Remote::ask(const http::Sending& sending) {
    auto answer = client_.send(sending);
    if (!answer && answer.error().code == "client.certificate") {
        auto error = answer.error();
        error.message +=
            " When it is vitrine's own, get the file from the server's /trust/ca.pem, compare its fingerprint, and name it with --ca.";
        return error;
    }
    return http::json_of(TRY(std::move(answer)));
}

Result<listing::Made> Remote::create(const std::vector<std::filesystem::path>& photos, const std::string& language, bool again,
                                     const std::optional<std::string>& market) {
    http::Sending sending{http::Method::post, server_ + "/api/v1/listings", {}, {}, {}, {}};
    sending.headers.set("X-API-Key", key_);
    sending.headers.set("Idempotency-Key", to_string(make_uuid_v7()));
    sending.form.push_back({"language", language, {}, {}});
    if (market) sending.form.push_back({"market", *market, {}, {}});
    if (again) sending.form.push_back({"again", "true", {}, {}});
    for (const auto& photo : photos) sending.form.push_back({"photo", {}, photo, photo.filename().string()});
    return json::read<listing::Made>(TRY(ask(sending)));
}

Result<listing::Similar> Remote::similar_to(const std::filesystem::path& photo, const std::optional<std::string>& region, int limit) {
    http::Sending sending{http::Method::post, server_ + "/api/v1/listings/similar", {}, {}, {}, {}};
    sending.headers.set("X-API-Key", key_);
    sending.form.push_back({"limit", std::to_string(limit), {}, {}});
    if (region) sending.form.push_back({"region", *region, {}, {}});
    sending.form.push_back({"photo", {}, photo, photo.filename().string()});
    return json::read<listing::Similar>(TRY(ask(sending)));
}

Result<listing::Listing> Remote::wait_for_draft(const listing::ListingId& id) {
    auto end = std::chrono::steady_clock::now() + draft_wait_max;
    http::Sending sending{http::Method::get, fmt::format("{}/api/v1/listings/{}", server_, to_string(id)), {}, {}, {}, {}};
    sending.headers.set("X-API-Key", key_);
    while (true) {
        auto listing = TRY(json::read<listing::Listing>(TRY(ask(sending))));
        if (listing.state != listing::State::received && listing.state != listing::State::drafting) return listing;
        if (std::chrono::steady_clock::now() > end)
            return Error{Kind::unavailable, "remote.slow",
                         fmt::format("The draft of {} is not ready after ten minutes; look at {}/ready.", to_string(id), server_)};
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

std::filesystem::path authority_of(const Settings& settings, const std::string& named) {
    if (!named.empty()) return named;
    auto ours = settings.data / "tls" / "ca.pem";
    std::error_code none;
    return std::filesystem::exists(ours, none) ? ours : std::filesystem::path();
}

void add_authority_option(CLI::App& command, std::string& named) {
    command
        .add_option("--ca", named,
                    "PEM file of the authority that vouches for the server; of a server on this machine it is found in the data folder.")
        ->envname("VITRINE_CA")
        ->type_name("FILE");
}

}  // namespace vitrine::app
