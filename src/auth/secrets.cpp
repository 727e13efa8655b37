#include "auth/secrets.hpp"

#include <sodium.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <vector>

namespace vitrine::auth {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view key_prefix = "vit_";
constexpr std::size_t key_letters = 32, checksum_letters = 6;

void need_sodium() {
    static const bool ready = sodium_init() >= 0;
    if (!ready) std::abort();
}

std::array<unsigned char, crypto_hash_sha256_BYTES> sha256(std::string_view text) {
    need_sodium();
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return hash;
}

std::string checksum_of(std::string_view key) {
    auto hash = sha256(key);
    std::string letters;
    for (std::size_t i = 0; i < checksum_letters; ++i) letters += alphabet[hash[i] % alphabet.size()];
    return letters;
}

}  // namespace

std::string random_letters(std::size_t letters) {
    need_sodium();
    std::vector<unsigned char> bytes(letters);
    randombytes_buf(bytes.data(), bytes.size());
    std::string text;
    text.reserve(letters);
    for (auto byte : bytes) text += alphabet[byte % alphabet.size()];  // 32 divides 256: no letter is favoured
    return text;
}

std::string sha256_hex(std::string_view text) {
    auto hash = sha256(text);
    std::string hex(2 * hash.size() + 1, '\0');  // sodium ends it with a NUL
    sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
    hex.pop_back();
    return hex;
}

bool same_secret(std::string_view one, std::string_view other) {
    return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string make_session_secret() {
    return random_letters(52);
}
std::string make_access_token() {
    return "vat_" + random_letters(52);
}
std::string make_refresh_token() {
    return "vrt_" + random_letters(52);
}
std::string make_code() {
    return random_letters(26);
}

std::string make_key_secret() {
    auto key = std::string(key_prefix) + random_letters(key_letters);
    return key + checksum_of(key);
}

bool is_key_secret(std::string_view text) {
    constexpr auto plain = key_prefix.size() + key_letters;
    return text.size() == plain + checksum_letters && text.starts_with(key_prefix) &&
           same_secret(checksum_of(text.substr(0, plain)), text.substr(plain));
}

std::string grouped(std::string_view code) {
    std::string text;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (i > 0 && i % 4 == 0) text += '-';
        text += code[i];
    }
    return text;
}

std::string typed_code(std::string_view typed) {
    std::string code;
    for (char c : typed) {
        if (c == '-' || std::isspace(static_cast<unsigned char>(c))) continue;
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        code += c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
    }
    return code;
}

}  // namespace vitrine::auth
