#pragma once
// Another vitrine, over its API.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "http/client.hpp"
#include "listing/listings.hpp"

namespace vitrine::app {

class Remote {
public:
    // `authority`: PEM file of the one that vouches for the server, beside those of the system; may be empty.
    Remote(std::string server, std::string key, std::filesystem::path authority = {});
    // Errors: what the server answers, remote.unreachable.
    Result<listing::Made> create(const std::vector<std::filesystem::path>& photos, const std::string& language, bool again,
                                 const std::optional<std::string>& market);
    // Waits at most ten minutes. Errors: remote.slow.
    Result<listing::Listing> wait_for_draft(const listing::ListingId&);

private:
    Result<json::Value> ask(const http::Sending&);
    http::Client client_;
    std::string server_, key_;
};

}  // namespace vitrine::app
