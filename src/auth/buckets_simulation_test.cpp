// The limiter's promises under any order of events: people who act, are refused, wait as they were told or not, give back,
// and many names at once. Steps are drawn from a seed, time is virtual, and a model that forgets nobody says what must hold:
//
//   1. Whoever the model would let act is let act: forgetting a name takes nothing from it.
//   2. While all names fit, whoever the model would refuse is refused: at no time did anybody act more often than a burst
//      and what was refilled since.
//   3. Who waits the seconds that were told may act then; and a second less would not have been enough.
//   4. Jumps of the wall clock change nothing.
//
// VITRINE_SIMULATIONS says how many seeds (10,000 unless told), VITRINE_SIMULATION_SEED runs one.
//
// Seen to fail: with time read from the wall clock (1, seed 0), with full buckets forgotten as if they were empty (1,
// seed 5), with buckets that fill beyond a burst (2, seed 3), and with a wait that is told too long (3, seed 3).

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <random>

#include "auth/buckets.hpp"

namespace vitrine::auth {
namespace {

constexpr int steps = 200;

struct SimulatedClock final : Clock {
    std::chrono::milliseconds passed{0}, jumped{0};  // jumps move the wall clock alone
    Time now() const override { return Time{std::chrono::hours{24 * 365 * 56}} + passed + jumped; }
    Steady steady() const override { return Steady{} + passed; }
};

// Whole numbers: a token is a refill time of `one` milliseconds.
class Model {
public:
    Model(std::int64_t one, std::int64_t burst) : one_(one), full_(one * burst) {}

    std::int64_t filled(const std::string& name, std::int64_t now) {
        auto& bucket = buckets_.try_emplace(name, Bucket{full_, now}).first->second;
        bucket = {std::min(full_, bucket.filled + now - bucket.at), now};
        return bucket.filled;
    }
    void add(const std::string& name, std::int64_t tokens) {
        auto& bucket = buckets_.at(name);
        bucket.filled = std::clamp(bucket.filled + tokens * one_, std::int64_t{0}, full_);
    }
    std::int64_t one() const { return one_; }

private:
    struct Bucket {
        std::int64_t filled, at;
    };
    const std::int64_t one_, full_;
    std::map<std::string, Bucket> buckets_;
};

void simulate(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    const int names = 1 + up_to(5), burst = 1 + up_to(9);
    const bool all_fit = up_to(1);
    const std::int64_t one = std::array{20, 125, 1000, 4000, 60'000}[static_cast<std::size_t>(up_to(4))];
    SimulatedClock clock;
    Buckets buckets(clock, 1000.0 / static_cast<double>(one), burst, static_cast<std::size_t>(all_fit ? names : 1 + up_to(names)));
    Model model(one, burst);
    auto now = [&] { return std::int64_t{clock.passed.count()}; };

    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
        auto name = std::to_string(up_to(names - 1));
        switch (up_to(9)) {
            case 0:
                clock.passed += std::chrono::milliseconds(up_to(static_cast<int>(2 * one)));
                break;
            case 1:
                clock.passed += std::chrono::milliseconds(up_to(static_cast<int>(one * burst)));
                break;
            case 2:
                clock.jumped += std::chrono::minutes(up_to(600)) - std::chrono::hours(5);
                break;
            case 3:
                if (!all_fit) break;  // what was forgotten cannot be given back
                model.filled(name, now());
                buckets.give_back(name);
                model.add(name, 1);
                break;
            default: {
                auto filled = model.filled(name, now());
                auto told = buckets.take(name);
                if (filled >= one) {
                    EXPECT_FALSE(told) << "1: it was refused";
                    model.add(name, -1);
                } else if (all_fit) {
                    ASSERT_TRUE(told) << "2: it was let act";
                    auto enough = std::int64_t{*told} * 1000;
                    EXPECT_GE(filled + enough, one) << "3: it was told too little";
                    EXPECT_TRUE(*told == 1 || filled + enough - 1000 < one) << "3: it was told too much";
                    if (up_to(1) == 0) break;
                    clock.passed += std::chrono::seconds(*told);
                    model.filled(name, now());
                    EXPECT_FALSE(buckets.take(name)) << "3: it waited in vain";
                    model.add(name, -1);
                } else if (!told) {  // it was forgotten, and has more than the model knows
                    model.add(name, -1);
                }
            }
        }
    }
}

long number_of(const char* variable, long usual) {
    const char* text = std::getenv(variable);
    return text ? std::strtol(text, nullptr, 10) : usual;
}

TEST(BucketsSimulation, every_order_of_events_keeps_the_promises) {
    const long only = number_of("VITRINE_SIMULATION_SEED", -1);
    const long first = std::max(0L, only), last = only >= 0 ? only : number_of("VITRINE_SIMULATIONS", 10'000) - 1;
    for (long seed = first; seed <= last; ++seed) {
        simulate(static_cast<std::uint64_t>(seed));
        ASSERT_FALSE(HasFailure()) << "seed " << seed << ": VITRINE_SIMULATION_SEED=" << seed << " runs it alone";
    }
}

}  // namespace
}  // namespace vitrine::auth
