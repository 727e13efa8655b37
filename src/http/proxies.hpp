#pragma once
// Who the client is when a proxy stands between: forwarded headers count only from the proxies in the settings.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "http/message.hpp"

namespace vitrine::http {

struct Peer {
    std::string address;
    bool secure = false;
    std::string host;  // that the client asked for, when a proxy says so; else empty
};

// Any thread, once made.
class TrustedProxies {
public:
    // Addresses and networks: "127.0.0.1", "10.0.0.0/8", "fd00::/8". Errors: http.trusted_proxies.
    static Result<TrustedProxies> parse(const std::vector<std::string>&);

    // Forwarded (RFC 7239) or, without it, X-Forwarded-For, -Proto and -Host. Read from the right: each trusted proxy
    // vouches for the one before it, and what stands left of the first stranger is hearsay. `socket`: who holds the other
    // end of this connection, and whether it is encrypted.
    Peer find(const Headers&, Peer socket) const;

private:
    struct Network {
        std::vector<std::uint8_t> bytes;
        unsigned bits = 0;
    };
    bool trusted(std::string_view address) const;
    std::vector<Network> networks_;
};

}  // namespace vitrine::http
