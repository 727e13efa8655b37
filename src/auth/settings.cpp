#include "auth/settings.hpp"

namespace vitrine::auth {

void Settings::bind(Config& config) {
    config.whole("auth.session_idle_days", session_idle_days, 1, 365, "Days without a request after which a sign-in ends.");
    config.whole("auth.session_days_max", session_days_max, 1, 400, "Days after which a sign-in ends, however much it is used.");
    config.whole("auth.access_token_minutes", access_token_minutes, 1, 60, "Minutes that a program's access token is good for.");
    config.whole("auth.invite_days", invite_days, 1, 90, "Days that an invite link is good for.");
    config.whole("auth.idempotency_hours", idempotency_hours, 1, 168, "Hours that the answer to an Idempotency-Key is kept.");

    config.whole("auth.requests_per_second", requests_per_second, 1, 1'000'000, "Requests a second that a person or key may keep up.");
    config.whole("auth.requests_burst", requests_burst, 1, 1'000'000, "Requests at once that a person or key may make.");
    config.whole("auth.anonymous_per_second", anonymous_per_second, 1, 1'000'000,
                 "Requests a second that an address may keep up before it signs in.");
    config.whole("auth.anonymous_burst", anonymous_burst, 1, 1'000'000, "Requests at once that an address may make before it signs in.");
    config.whole("auth.sign_in_seconds", sign_in_seconds, 1, 3600,
                 "Seconds after which an address or a name gets one more try to sign in.");
    config.whole("auth.sign_in_burst", sign_in_burst, 1, 10'000, "Failed tries to sign in that an address or a name has at once.");
    config.whole("auth.keys_max", keys_max, 1, 10'000, "API keys that a workspace may have.");

    config.whole("auth.password_memory_mib", password_memory_mib, 8, 1024, "MiB of memory that hashing a password takes (Argon2id).");
    config.whole("auth.password_passes", password_passes, 1, 16, "Passes over that memory.");
    config.whole("auth.password_hashing_max", password_hashing_max, 1, 64, "Passwords that are hashed at the same time.");
    config.whole("auth.password_waiting_max", password_waiting_max, 0, 1024, "Requests that wait for that; beyond, the answer is 429.");
}

}  // namespace vitrine::auth
