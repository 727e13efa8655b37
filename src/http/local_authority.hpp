#pragma once
// A certificate authority of this house's own. A phone that is told once to trust it takes every certificate it signs:
// for the address this machine has today, and for the one it has tomorrow.
//
//   FOLDER/authority.pem   its key and certificate, 0600: whoever reads it can pretend to be any site to those who trust it
//          ca.pem          its certificate alone, for phones, programs and curl
//          server.pem      the server's key and certificate, 0600; made again when it no longer fits

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "http/tls.hpp"

namespace vitrine::http {

// One thread at a time.
class LocalAuthority {
public:
    // Browsers refuse certificates that live longer than 398 days (Apple HT211025, CA/Browser Forum).
    static constexpr std::chrono::days certificate_days_max{397};
    static constexpr std::chrono::days renewal_days{30};  // before its end

    // Makes the authority when the folder has none; once made it stays, since every phone would have to trust another one.
    // Errors: tls.folder, tls.authority (damaged, ended, or others may read its key), tls.clock.
    static Result<LocalAuthority> open(std::filesystem::path folder, const Clock&);

    // For the server, valid under all these host names and addresses: the one that is there while it fits, else a new one.
    // Both texts are all of server.pem.
    // Errors: tls.folder, tls.authority.
    Result<KeyPair> certificate_for(const std::vector<std::string>& names);

    const std::string& pem() const { return pem_; }
    // The certificate as a phone takes it.
    std::string der() const;
    // SHA-256 of der(), as phones show it: "5A:01:...".
    std::string fingerprint() const;

private:
    LocalAuthority(std::filesystem::path folder, const Clock& clock) : folder_(std::move(folder)), clock_(&clock) {}
    std::filesystem::path folder_;
    const Clock* clock_;
    std::string secret_;  // authority.pem
    std::string pem_;
};

// What is in a certificate, for tests and for `vitrine doctor`.
struct CertificateFacts {
    std::vector<std::string> names;  // DNS names and addresses
    Time begins{}, ends{};
    bool authority = false;
};
// Of the first certificate of a PEM text. Errors: tls.certificate.
Result<CertificateFacts> facts_of(const std::string& pem);

}  // namespace vitrine::http
