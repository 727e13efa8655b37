#pragma once
// How this program decodes photos: in jailed children of itself, or, when the settings say so, here.

#include <memory>

#include "app/settings.hpp"
#include "photo/decoding_jail.hpp"

namespace vitrine::app {

// The argument that makes this program a child that decodes; main looks for it before anything else.
inline constexpr std::string_view decode_in_jail_word = "decode-in-jail";

// Thread-safe.
class Decoding {
public:
    // Errors: config.value.
    static Result<Decoding> open(const Settings&);

    // Has a jailed child ready, if that is the way. Errors: photo.jail, photo.jail_not_ready.
    Result<void> warm() const;
    // Errors: those of photo::decode and of DecodingJail::decode.
    Result<photo::Decoded> decode(std::span<const std::uint8_t> file) const;
    const photo::Limits& limits() const { return limits_; }
    // For doctor.
    std::string words() const;

private:
    photo::Limits limits_;
    std::unique_ptr<photo::DecodingJail> jail_;
};

}  // namespace vitrine::app
