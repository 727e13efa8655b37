#pragma once
// The guard before every handler: who calls, may they, is it from our own page, is it too much, was it done before.

#include <memory>
#include <string>

#include "auth/accounts.hpp"
#include "core/metrics.hpp"
#include "http/server.hpp"

namespace vitrine::auth {

// Any thread. Credentials in this order: X-API-Key, Authorization: Bearer, the session cookie; the first one present
// counts. An open route takes any caller; a good credential still sets request.caller there, a bad one is ignored.
//
// Errors of admit: auth.required (401: nobody), those of Accounts::identify (401: a credential that is no longer good or
// never was), auth.denied (403: without the right), auth.origin (403: an unsafe request or a WebSocket from another
// page), auth.rate (429, with retry_after_seconds).
//
// once runs the handler under Idempotency-Key when the route takes one and the request carries one:
//
//   (none) --claim--> running --answer--> done, 24 h     same key and body: the same answer, Idempotency-Replayed: true
//     ^                  |                               same key, other body: auth.idempotency_mismatch (422)
//     +--error, crash----+                               still running: auth.idempotency_running (409)
//
// A running mark of an earlier boot is free. An error is not kept: nothing of it happened, so it may be tried again.
class AccountGuard final : public http::Guard {
public:
    // `public_url` as in http::ServerOptions. Everything outlives the guard.
    AccountGuard(Accounts&, store::Database&, const Clock&, Metrics&, const Settings&, std::string public_url);
    ~AccountGuard() override;

    Result<void> admit(http::Request&, const http::Route&) override;
    Result<http::Response> once(http::Request&, const http::Route&, const http::Handler&) override;

    // How much one may ask, from now on: requests_* and anonymous_* of the settings.
    void limit(const Settings&);

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::auth
