#include "app/machine.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "core/descriptor.hpp"

namespace vitrine::app {
namespace {

std::string text_of(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET)
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
    else if (const auto& six = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr; !IN6_IS_ADDR_LINKLOCAL(&six))
        ::inet_ntop(AF_INET6, &six, text, sizeof text);  // a link's own address needs the name of the link beside it
    return text;
}

// Networks inside this machine, of containers and virtual machines: no phone is in them, and they come and go.
bool is_inside(std::string_view interface) {
    for (std::string_view kind : {"docker", "br-", "veth", "virbr", "cni", "flannel", "podman", "lxc"})
        if (interface.starts_with(kind)) return true;
    return false;
}

// The address that packets to the world leave from. Connecting a datagram socket sends nothing.
std::string way_out() {
    Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in elsewhere{};
    elsewhere.sin_family = AF_INET;
    elsewhere.sin_port = htons(9);
    ::inet_pton(AF_INET, "192.0.2.1", &elsewhere.sin_addr);
    sockaddr_in ours{};
    socklen_t bytes = sizeof ours;
    if (!socket || ::connect(socket.number(), reinterpret_cast<sockaddr*>(&elsewhere), sizeof elsewhere) != 0 ||
        ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&ours), &bytes) != 0)
        return {};
    return text_of(reinterpret_cast<sockaddr*>(&ours));
}

// A name that a certificate can hold: letters, digits, dots and hyphens.
std::string host_name() {
    char text[256] = "";
    ::gethostname(text, sizeof text - 1);
    std::string name(text);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    bool plain = std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
    return plain && name.size() < 64 ? name : std::string();
}

}  // namespace

std::vector<std::string> Machine::names_and_addresses() const {
    auto all = names;
    all.insert(all.end(), addresses.begin(), addresses.end());
    return all;
}

Machine look_around() {
    Machine machine{{"localhost"}, {"127.0.0.1", "::1"}, way_out()};
    if (auto name = host_name(); !name.empty() && name != "localhost") {
        machine.names.push_back(name);
        if (name.find('.') == std::string::npos) machine.names.push_back(name + ".local");  // as mDNS announces it
    }
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return machine;
    std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> freed(all, ::freeifaddrs);
    for (const auto* one = all; one; one = one->ifa_next) {
        bool internet = one->ifa_addr && (one->ifa_addr->sa_family == AF_INET || one->ifa_addr->sa_family == AF_INET6);
        if (!internet || !(one->ifa_flags & IFF_UP) || (one->ifa_flags & IFF_LOOPBACK) || is_inside(one->ifa_name)) continue;
        auto text = text_of(one->ifa_addr);
        if (!text.empty() && std::ranges::find(machine.addresses, text) == machine.addresses.end()) machine.addresses.push_back(text);
    }
    std::sort(machine.addresses.begin() + 2, machine.addresses.end());
    if (machine.address.empty() && machine.addresses.size() > 2) machine.address = machine.addresses[2];  // a network without a way out
    return machine;
}

HostAndPort split(std::string_view listen) {
    auto colon = listen.rfind(':');
    HostAndPort parts{std::string(listen.substr(0, colon)), {}};
    if (colon != std::string_view::npos) parts.port = listen.substr(colon + 1);
    if (parts.host.starts_with('[') && parts.host.ends_with(']')) parts.host = parts.host.substr(1, parts.host.size() - 2);
    return parts;
}

std::string host_of(std::string_view url) {
    auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url = url.substr(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    std::string host = url.ends_with(']') ? std::string(url.substr(1, url.size() - 2)) : split(url).host;
    for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return host;
}

bool is_loopback(std::string_view host) {
    return host.starts_with("127.") || host == "::1" || host == "localhost";
}

bool is_any_address(std::string_view host) {
    return host == "0.0.0.0" || host == "::";
}

}  // namespace vitrine::app
