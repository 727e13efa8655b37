#include "app/decoding.hpp"

namespace vitrine::app {

Result<Decoding> Decoding::open(const Settings& settings) {
    Decoding decoding;
    decoding.limits_ = settings.photo;
    if (settings.photo_decoding != "jail" && settings.photo_decoding != "here")
        return Error{Kind::invalid, "config.value", "photo.decoding must be jail or here.", "photo.decoding"};
    if (settings.photo_decoding == "jail" && !settings.program.empty())
        decoding.jail_ = std::make_unique<photo::DecodingJail>(photo::JailOptions{.program = settings.program,
                                                                                  .arguments = {std::string(decode_in_jail_word)},
                                                                                  .limits = settings.photo,
                                                                                  .children_max = static_cast<int>(settings.workers) + 1});
    return decoding;
}

Result<void> Decoding::warm() const {
    return jail_ ? jail_->warm() : Result<void>();
}

Result<photo::Decoded> Decoding::decode(std::span<const std::uint8_t> file) const {
    return jail_ ? jail_->decode(file) : photo::decode(file, limits_);
}

std::string Decoding::words() const {
    return jail_ ? "in locked-up processes of their own" : "in the program itself, unprotected (photo.decoding = \"here\")";
}

}  // namespace vitrine::app
