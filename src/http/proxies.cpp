#include "http/proxies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cctype>
#include <charconv>

#include "http/multipart.hpp"

namespace vitrine::http {
namespace {

namespace ip = boost::asio::ip;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
    boost::system::error_code error;
    auto address = ip::make_address(text, error);
    if (error) return {};
    if (address.is_v6() && address.to_v6().is_v4_mapped()) address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
    if (address.is_v4()) {
        auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// All elements of a list header, in order, whichever lines they came on.
std::vector<std::string_view> elements(const Headers& headers, std::string_view name) {
    std::vector<std::string_view> found;
    for (const auto& [kept, value] : headers.all()) {
        if (kept != name) continue;
        std::string_view rest = value;
        while (true) {
            auto comma = rest.find(',');
            found.push_back(trimmed(rest.substr(0, comma)));
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return found;
}

// "192.0.2.1:4711", "[2001:db8::1]:4711" or a bare address.
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) return text.substr(1, text.find(']') == std::string_view::npos ? 0 : text.find(']') - 1);
    if (std::count(text.begin(), text.end(), ':') == 1) return text.substr(0, text.find(':'));
    return text;
}

struct Hop {
    std::string address;
    std::string proto;
    std::string host;
};

std::vector<Hop> hops_of(const Headers& headers) {
    std::vector<Hop> hops;
    if (headers.has("forwarded")) {
        for (auto element : elements(headers, "forwarded")) {
            Hop hop;
            if (auto pairs = parse_parameters(fmt::format("hop;{}", element))) {
                if (const auto* address = pairs->find("for")) hop.address = without_port(*address);
                if (const auto* proto = pairs->find("proto")) hop.proto = *proto;
                if (const auto* host = pairs->find("host")) hop.host = *host;
            }
            hops.push_back(std::move(hop));
        }
        return hops;
    }
    for (auto element : elements(headers, "x-forwarded-for")) hops.push_back({std::string(without_port(element)), {}, {}});
    auto protos = elements(headers, "x-forwarded-proto"), hosts = elements(headers, "x-forwarded-host");
    if (hops.empty() && !(protos.empty() && hosts.empty())) hops.emplace_back();
    if (!protos.empty()) hops.back().proto = protos.back();
    if (!hosts.empty()) hops.back().host = hosts.back();
    return hops;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& texts) {
    TrustedProxies proxies;
    for (const auto& text : texts) {
        auto slash = text.find('/');
        Network network{bytes_of(text.substr(0, slash)), 0};
        network.bits = static_cast<unsigned>(network.bytes.size() * 8);
        bool right = !network.bytes.empty();
        if (right && slash != std::string::npos) {
            unsigned bits = 0;
            auto [end, error] = std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
            right = error == std::errc{} && end == text.data() + text.size() && bits <= network.bits;
            network.bits = bits;
        }
        if (!right)
            return Error{Kind::invalid, "http.trusted_proxies", fmt::format("\"{}\" is not an address or a network like 10.0.0.0/8.", text),
                         text};
        proxies.networks_.push_back(std::move(network));
    }
    return proxies;
}

bool TrustedProxies::trusted(std::string_view text) const {
    auto address = bytes_of(text);
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        if (address.empty() || address.size() != network.bytes.size()) return false;
        for (unsigned bit = 0; bit < network.bits; ++bit)
            if (((address[bit / 8] ^ network.bytes[bit / 8]) >> (7 - bit % 8)) & 1) return false;
        return true;
    });
}

Peer TrustedProxies::find(const Headers& headers, Peer peer) const {
    auto hops = hops_of(headers);
    while (!hops.empty() && trusted(peer.address)) {
        auto hop = std::move(hops.back());
        hops.pop_back();
        // The proxy nearest to the client knows how the client came.
        if (!hop.proto.empty()) peer.secure = hop.proto == "https";
        if (!hop.host.empty()) peer.host = std::move(hop.host);
        if (bytes_of(hop.address).empty()) break;  // "unknown", or a made-up name
        peer.address = std::move(hop.address);
    }
    return peer;
}

}  // namespace vitrine::http
