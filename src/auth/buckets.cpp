#include "auth/buckets.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vitrine::auth {

Buckets::Buckets(const Clock& clock, double per_second, double burst, std::size_t names_max)
    : clock_(clock), per_second_(per_second), burst_(burst), names_max_(names_max) {}

void Buckets::limit(double per_second, double burst) {
    per_second_ = per_second;
    burst_ = burst;
}

double Buckets::filled_now(const Bucket& bucket, Steady now) const {
    return std::min(burst_.load(), bucket.filled + per_second_ * std::chrono::duration<double>(now - bucket.at).count());
}

std::optional<int> Buckets::take(const std::string& name) {
    auto now = clock_.steady();
    return buckets_.with([&](auto& buckets) -> std::optional<int> {
        if (buckets.size() >= names_max_ && !buckets.contains(name)) {
            std::erase_if(buckets, [&](const auto& entry) { return filled_now(entry.second, now) >= burst_; });
            if (buckets.size() >= names_max_) buckets.clear();
        }
        auto& bucket = buckets.try_emplace(name, Bucket{burst_.load(), now}).first->second;
        bucket = {filled_now(bucket, now), now};
        // A hair less than one counts as one: refilling in fractions must not cost a second wait.
        if (bucket.filled < 1 - 1e-9) return std::max(1, static_cast<int>(std::ceil((1 - bucket.filled) / per_second_ - 1e-9)));
        bucket.filled -= 1;
        return std::nullopt;
    });
}

void Buckets::give_back(const std::string& name) {
    buckets_.with([&](auto& buckets) {
        if (auto found = buckets.find(name); found != buckets.end())
            found->second.filled = std::min(burst_.load(), found->second.filled + 1);
    });
}

std::string network_of(std::string_view address) {
    std::string text(address.substr(0, address.find('%')));
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
    constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin()))
        return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
    std::string network;
    for (std::size_t i = 0; i < 8; ++i) fmt::format_to(std::back_inserter(network), "{:02x}", bytes[i]);
    return network + "/64";
}

}  // namespace vitrine::auth
