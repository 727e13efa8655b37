#pragma once
// HTTPS of serve: which certificate it shows, and how that stays good while it runs.
//
//   --tls                       a local authority in DATA/tls signs one for the names and addresses this machine has; made again
//                               before its end, and when the machine has an address more
//   tls.certificate, tls.key    files of one's own; read again when they change

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/settings.hpp"
#include "app/trust_page.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/metrics.hpp"
#include "http/local_authority.hpp"
#include "http/server.hpp"

namespace vitrine::app {

class Https {
public:
    // Null when TLS is off. A thread of its own looks at the files and addresses every few seconds.
    // Errors: those of http::LocalAuthority and http::Certificate, tls.file_missing.
    // All three outlive it.
    static Result<std::unique_ptr<Https>> start(const Settings&, const Clock&, Metrics&);
    ~Https();

    // The certificate, our names, and whether browsers are told to stay on HTTPS.
    void add_to(http::ServerOptions&) const;
    // What others need to trust our authority; none with a certificate of one's own.
    const std::optional<Trust>& trust() const { return trust_; }
    // The first name of a certificate of one's own; else empty.
    const std::string& name() const { return name_; }

    // Looks now, as SIGHUP asks. What is wrong is logged, and the certificate before goes on. Any thread.
    void refresh();

private:
    Https(const Settings&, const Clock&, Metrics&);
    Result<void> show(const http::KeyPair&);
    Result<http::KeyPair> find_pair();
    void look_again(bool always);
    std::string state_of_things() const;

    const Settings& settings_;
    const Clock& clock_;
    prometheus::Gauge& ends_;  // for an alarm before a certificate of one's own ends
    std::optional<Trust> trust_;
    std::string name_;
    std::vector<std::string> names_;
    std::shared_ptr<http::Certificate> certificate_;
    struct Seen {
        std::optional<http::LocalAuthority> authority;  // with --tls
        std::string state;                              // of files or addresses, when the certificate was made or read
        std::string complaint;                          // that the log has already
    };
    Guarded<Seen> seen_;
    std::jthread watch_;
};

// When the certificate that is shown now ends, in words for `vitrine doctor`; none when TLS is off.
// Errors: what would stop the start, tls.certificate_ended.
Result<std::optional<std::string>> describe_certificate(const Settings&, const Clock&);

// Names and addresses a local certificate is made for: of this machine, and the host of `public_url`.
std::vector<std::string> names_to_serve(const Settings&);

}  // namespace vitrine::app
