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

}  // namespace

Remote::Remote(std::string server, std::string key) : server_(without_slash(std::move(server))), key_(std::move(key)) {}

Result<listing::Made> Remote::create(const std::vector<std::filesystem::path>& photos, const std::string& language, bool again,
                                     const std::optional<std::string>& market) {
    http::Sending sending{http::Method::post, server_ + "/api/v1/listings", {}, {}, {}, {}};
    sending.headers.set("X-API-Key", key_);
    sending.headers.set("Idempotency-Key", to_string(make_uuid_v7()));
    sending.form.push_back({"language", language, {}, {}});
    if (market) sending.form.push_back({"market", *market, {}, {}});
    if (again) sending.form.push_back({"again", "true", {}, {}});
    for (const auto& photo : photos) sending.form.push_back({"photo", {}, photo, photo.filename().string()});
    return json::read<listing::Made>(TRY(http::json_of(TRY(client_.send(sending)))));
}

Result<listing::Listing> Remote::wait_for_draft(const listing::ListingId& id) {
    auto end = std::chrono::steady_clock::now() + draft_wait_max;
    http::Sending sending{http::Method::get, fmt::format("{}/api/v1/listings/{}", server_, to_string(id)), {}, {}, {}, {}};
    sending.headers.set("X-API-Key", key_);
    while (true) {
        auto listing = TRY(json::read<listing::Listing>(TRY(http::json_of(TRY(client_.send(sending))))));
        if (listing.state != listing::State::received && listing.state != listing::State::drafting) return listing;
        if (std::chrono::steady_clock::now() > end)
            return Error{Kind::unavailable, "remote.slow",
                         fmt::format("The draft of {} is not ready after ten minutes; look at {}/ready.", to_string(id), server_)};
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

}  // namespace vitrine::app
