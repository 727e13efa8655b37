#pragma once
// Another vitrine, over its API.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
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

    // What the server has that looks like this photo, or the part of it.
    Result<listing::Similar> similar_to(const std::filesystem::path& photo, const std::optional<std::string>& region, int limit);

private:
    Result<json::Value> ask(const http::Sending&);
    http::Client client_;
    std::string server_, key_;
};

// The authority that is trusted: the one `named`, or that of a server on this machine, which has left it in the data folder;
// else empty.
std::filesystem::path authority_of(const Settings&, const std::string& named);
// --ca, for the commands that have --server.
void add_authority_option(CLI::App& command, std::string& named);

}  // namespace vitrine::app
