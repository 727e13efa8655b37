#include "core/id.hpp"

#include <sys/random.h>

#include <chrono>
#include <cstdlib>
#include <mutex>

namespace vitrine {

Uuid make_uuid_v7() {
    // Method 1 of RFC 9562 section 6.2: a 12-bit counter after the milliseconds keeps ids of one process in order.
    static std::mutex mutex;
    static std::uint64_t last = 0;

    Uuid uuid;
    if (::getrandom(uuid.data(), uuid.size(), 0) != static_cast<ssize_t>(uuid.size())) std::abort();
    auto now = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    std::uint64_t stamp = 0;
    {
        std::scoped_lock lock(mutex);
        stamp = std::max(now << 12, last + 1);
        last = stamp;
    }
    for (int i = 0; i < 6; ++i) uuid[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(stamp >> (12 + 40 - 8 * i));
    uuid[6] = static_cast<std::uint8_t>(0x70 | ((stamp >> 8) & 0x0f));
    uuid[7] = static_cast<std::uint8_t>(stamp);
    uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3f));
    return uuid;
}

std::string to_string(const Uuid& uuid) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[uuid[i] >> 4];
        text += digits[uuid[i] & 0x0f];
    }
    return text;
}

Result<Uuid> parse_uuid(std::string_view text) {
    auto malformed = [] {
        return Error{Kind::invalid, "id.malformed", "This is not an id; ids look like 019a7b1c-2f00-7abc-8def-0123456789ab."};
    };
    if (text.size() != 36) return malformed();
    Uuid uuid{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < 36;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i++] != '-') return malformed();
            continue;
        }
        int byte = 0;
        for (int half = 0; half < 2; ++half, ++i) {
            char c = text[i];
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
            if (digit < 0) return malformed();
            byte = byte * 16 + digit;
        }
        uuid[at++] = static_cast<std::uint8_t>(byte);
    }
    return uuid;
}

}  // namespace vitrine
