#pragma once
// Passwords: Argon2id, a few at once, a few waiting, the rest told to come back.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "auth/settings.hpp"
#include "core/result.hpp"

namespace vitrine::auth {

// Any thread; never inside a transaction, because hashing takes tens of milliseconds on purpose.
// Errors of both: auth.busy (limit) when too many wait already.
class Passwords {
public:
    explicit Passwords(const Settings&);

    Result<std::string> hash(const std::string& password);
    // No hash (nobody has this name) is false after the same work.
    Result<bool> verify(const std::optional<std::string>& hash, const std::string& password);

    // Made with other settings than today's: hash it again when the password is next at hand.
    bool outdated(const std::string& hash) const;
    // A well-formed hash of today's settings that no password has.
    std::string nobodys_hash() const;

private:
    class Place;
    const Settings& settings_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::int64_t running_ = 0, waiting_ = 0;
};

}  // namespace vitrine::auth
