#pragma once
// Where phones and other computers come in, in words and as a QR code.

#include <optional>
#include <string>

#include "app/settings.hpp"
#include "app/trust_page.hpp"
#include "core/guarded.hpp"
#include "http/server.hpp"

namespace vitrine::app {

//   local_authority  over HTTPS, once the device trusts our authority
//   certificate      over HTTPS, with a certificate of the owner's
//   proxy            over HTTPS, by a proxy at public_url
//   plain            over plain HTTP: browsers then give no camera stream, no installable app, no notifications
//   this_machine     not at all: only this machine is listened to
enum class Way { local_authority, certificate, proxy, plain, this_machine };
BOOST_DESCRIBE_ENUM(Way, local_authority, certificate, proxy, plain, this_machine)

// What a phone needs.
struct WayIn {
    Way way = Way::this_machine;
    std::optional<std::string> address;        // to open
    std::optional<std::string> trust_address;  // to open before, once; plain HTTP
    std::optional<std::string> fingerprint;    // SHA-256 of our authority's certificate
};
BOOST_DESCRIBE_STRUCT(WayIn, (), (way, address, trust_address, fingerprint))

// Any thread.
class Door {
public:
    // `trust` as Https::trust; `certificate_name` as Https::name.
    Door(const Settings&, std::optional<Trust> trust, std::string certificate_name);
    // What the server is bound to, once it is: a port 0 of the settings has become another.
    void opened(const std::string& address);

    // As it is now: the machine's address may have changed since.
    WayIn way_in() const;
    // What a browser on this machine opens.
    std::string here() const;
    // Before the server starts: its page, and how to trust us, over HTTPS and, where TLS is on, before it. The door outlives
    // the server.
    void add_pages(http::Server&) const;

private:
    std::optional<http::Response> trust(std::string_view path, std::string_view home) const;
    std::string at(std::string_view scheme, const std::string& host) const;
    std::string public_url_, certificate_name_;
    std::optional<Trust> trust_;
    bool encrypted_ = false;
    Guarded<std::string> listen_;
};

}  // namespace vitrine::app
