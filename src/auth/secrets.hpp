#pragma once
// Random secrets, how they are written and how they are kept: as their SHA-256, which is enough for 128 random bits and
// more. (Passwords are not random: see passwords.hpp.)

#include <string>
#include <string_view>

namespace vitrine::auth {

// `letters` x 5 random bits in Crockford's base 32: lower case, without i, l, o, u.
std::string random_letters(std::size_t letters);

std::string sha256_hex(std::string_view);

// In time that does not depend on where they differ.
bool same_secret(std::string_view, std::string_view);

std::string make_session_secret();  // 260 bits
std::string make_access_token();    // vat_ and 260 bits
std::string make_refresh_token();   // vrt_ and 260 bits
std::string make_code();            // 130 bits, for people to type: setup and invites

// vit_, 160 bits, and a checksum of 30 bits, so that a mistyped or cut key is told from an unknown one without a look
// into the database, and scanners for leaked secrets can be sure of what they found.
std::string make_key_secret();
bool is_key_secret(std::string_view);

// A code in groups of four, "k3vd-92hx-...", and back from what a person typed: any case, dashes and spaces or none,
// o for 0, i and l for 1.
std::string grouped(std::string_view code);
std::string typed_code(std::string_view);

}  // namespace vitrine::auth
