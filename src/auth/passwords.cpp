#include "auth/passwords.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cstdlib>

namespace vitrine::auth {
namespace {

unsigned long long passes(const Settings& settings) {
    return static_cast<unsigned long long>(settings.password_passes);
}
std::size_t memory_bytes(const Settings& settings) {
    return static_cast<std::size_t>(settings.password_memory_mib) << 20;
}

std::string random_base64(std::size_t bytes) {
    std::string raw(bytes, '\0');
    randombytes_buf(raw.data(), raw.size());
    std::string text(sodium_base64_ENCODED_LEN(bytes, sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(),
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    text.resize(text.find('\0'));
    return text;
}

}  // namespace

// One of the places where a password is hashed, held while it is.
class Passwords::Place {
public:
    static Result<void> wait(Passwords& passwords) {
        std::unique_lock lock(passwords.mutex_);
        if (passwords.running_ >= passwords.settings_.password_hashing_max) {
            if (passwords.waiting_ >= passwords.settings_.password_waiting_max) {
                Error busy{Kind::limit, "auth.busy", "Many people sign in at this moment. Try again in a second."};
                busy.retry_after_seconds = 1;
                return busy;
            }
            ++passwords.waiting_;
            passwords.freed_.wait(lock, [&] { return passwords.running_ < passwords.settings_.password_hashing_max; });
            --passwords.waiting_;
        }
        ++passwords.running_;
        return {};
    }

    explicit Place(Passwords& passwords) : passwords_(passwords) {}
    ~Place() {
        {
            std::scoped_lock lock(passwords_.mutex_);
            --passwords_.running_;
        }
        passwords_.freed_.notify_one();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    Passwords& passwords_;
};

Passwords::Passwords(const Settings& settings) : settings_(settings) {
    if (sodium_init() < 0) std::abort();
}

Result<std::string> Passwords::hash(const std::string& password) {
    TRY(Place::wait(*this));
    Place place(*this);
    std::array<char, crypto_pwhash_STRBYTES> text{};
    if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), passes(settings_), memory_bytes(settings_),
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return Error{Kind::unavailable, "auth.memory",
                     "There is not enough memory to hash a password. Close other programs and try again."};
    return std::string(text.data());
}

Result<bool> Passwords::verify(const std::optional<std::string>& hash, const std::string& password) {
    TRY(Place::wait(*this));
    Place place(*this);
    auto text = hash ? *hash : nobodys_hash();
    return crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0 && hash.has_value();
}

bool Passwords::outdated(const std::string& hash) const {
    return crypto_pwhash_str_needs_rehash(hash.c_str(), passes(settings_), memory_bytes(settings_)) != 0;
}

std::string Passwords::nobodys_hash() const {
    // Written by hand rather than computed, so that the first unknown name is not told by taking twice as long.
    return fmt::format("$argon2id$v=19$m={},t={},p=1${}${}", memory_bytes(settings_) / 1024, passes(settings_),
                       random_base64(crypto_pwhash_SALTBYTES), random_base64(32));
}

}  // namespace vitrine::auth
