#pragma once
// Under which names and addresses this machine can be reached by the others in its network.

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::app {

struct Machine {
    std::vector<std::string> names;      // in lower case: "localhost", "ada", "ada.local"
    std::vector<std::string> addresses;  // loopback first: "127.0.0.1", "::1", "192.168.1.5"
    std::string address;                 // where others most likely reach it: that of its way out; empty without a network

    std::vector<std::string> names_and_addresses() const;
};

// As it is now: a laptop in another network has another address. Any thread; takes well under a millisecond.
Machine look_around();

// "0.0.0.0:8080" -> "0.0.0.0", "8080". The port is empty when there is none.
struct HostAndPort {
    std::string host, port;
};
HostAndPort split(std::string_view listen);
// "https://Shop.example:8443/x" -> "shop.example"; empty when it is no address.
std::string host_of(std::string_view url);
bool is_loopback(std::string_view host);
bool is_any_address(std::string_view host);  // 0.0.0.0 or ::

}  // namespace vitrine::app
