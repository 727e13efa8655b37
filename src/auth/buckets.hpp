#pragma once
// Token buckets: each name may act `burst` times at once and then as often as its bucket refills. In memory: a restart
// forgets, which gives nobody more than one burst.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.hpp"
#include "core/guarded.hpp"

namespace vitrine::auth {

// Any thread. Memory is bounded: beyond `names_max` the full buckets are forgotten, and if none is full, all.
class Buckets {
public:
    Buckets(const Clock&, double per_second, double burst, std::size_t names_max = 100'000);

    // From the next take on.
    void limit(double per_second, double burst);
    // Takes one; or the whole seconds (at least 1) after which there is one again.
    std::optional<int> take(const std::string& name);
    // Undoes a take.
    void give_back(const std::string& name);

private:
    struct Bucket {
        double filled;
        Steady at;
    };
    double filled_now(const Bucket&, Steady now) const;

    const Clock& clock_;
    std::atomic<double> per_second_, burst_;
    const std::size_t names_max_;
    Guarded<std::unordered_map<std::string, Bucket>> buckets_;
};

// What an address counts as: itself for IPv4 (also when written as IPv6), its /64 for IPv6, because a single home has
// that many.
std::string network_of(std::string_view address);

}  // namespace vitrine::auth
