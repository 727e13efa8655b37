#include "app/door.hpp"

#include <fmt/format.h>

#include "app/machine.hpp"
#include "app/page.hpp"

namespace vitrine::app {

namespace {

// An address is sure where names are not: few Android phones know a name that ends in .local.
std::string others_name_of(const Machine& machine) {
    return machine.address.empty() ? machine.names.back() : machine.address;
}

}  // namespace

Door::Door(const Settings& settings, std::optional<Trust> trust, std::string certificate_name)
    : public_url_(settings.public_url),
      certificate_name_(std::move(certificate_name)),
      trust_(std::move(trust)),
      encrypted_(settings.tls.on || !settings.tls.certificate.empty()),
      listen_(settings.listen) {}

void Door::opened(const std::string& address) {
    listen_.with([&](auto& listen) { listen = address; });
}

std::string Door::at(std::string_view scheme, const std::string& host) const {
    auto port = listen_.with([](const auto& listen) { return split(listen).port; });
    bool usual = port == (scheme == "https" ? "443" : "80");
    auto shown = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
    return usual ? fmt::format("{}://{}", scheme, shown) : fmt::format("{}://{}:{}", scheme, shown, port);
}

WayIn Door::way_in() const {
    auto host = listen_.with([](const auto& listen) { return split(listen).host; });
    bool behind_proxy = !encrypted_ && public_url_.starts_with("https://");
    if (behind_proxy) return {Way::proxy, public_url_, std::nullopt, std::nullopt};
    if (is_loopback(host)) return {Way::this_machine, std::nullopt, std::nullopt, std::nullopt};
    if (is_any_address(host)) host = others_name_of(look_around());

    auto own = [&](std::string_view scheme, const std::string& name) { return public_url_.empty() ? at(scheme, name) : public_url_; };
    if (!encrypted_) return {Way::plain, own("http", host), std::nullopt, std::nullopt};
    if (!trust_) return {Way::certificate, own("https", certificate_name_.empty() ? host : certificate_name_), std::nullopt, std::nullopt};
    return {Way::local_authority, own("https", host), at("http", host) + "/trust", trust_->fingerprint};
}

std::string Door::here() const {
    auto host = listen_.with([](const auto& listen) { return split(listen).host; });
    return at(encrypted_ ? "https" : "http", is_any_address(host) ? "localhost" : host);
}

void Door::add_pages(http::Server& server) const {
    server.page([this](std::string_view path) {
        auto found = trust(path, "/");
        return found ? found : page(path);
    });
    server.before_tls(
        [this](const http::Request& request) { return trust(request.path, fmt::format("https://{}/", request.headers.get("host"))); });
}

std::optional<http::Response> Door::trust(std::string_view path, std::string_view home) const {
    return trust_ ? trust_page(*trust_, path, home) : std::nullopt;
}

}  // namespace vitrine::app
