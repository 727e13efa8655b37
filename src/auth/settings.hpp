#pragma once
// The limits of this room, all of them settings.

#include <cstdint>

#include "core/config.hpp"

namespace vitrine::auth {

struct Settings {
    // How long a sign-in lasts
    std::int64_t session_idle_days = 30;
    std::int64_t session_days_max = 180;
    std::int64_t access_token_minutes = 15;
    std::int64_t invite_days = 7;
    std::int64_t idempotency_hours = 24;

    // How much one may ask
    std::int64_t requests_per_second = 50;
    std::int64_t requests_burst = 500;
    std::int64_t anonymous_per_second = 20;
    std::int64_t anonymous_burst = 200;
    std::int64_t sign_in_seconds = 15;
    std::int64_t sign_in_burst = 10;
    std::int64_t keys_max = 100;

    // What a password costs
    std::int64_t password_memory_mib = 64;
    std::int64_t password_passes = 2;
    std::int64_t password_hashing_max = 2;
    std::int64_t password_waiting_max = 4;

    // Binds every one to its "auth." key. The settings must outlive Config::load.
    void bind(Config&);
};

}  // namespace vitrine::auth
