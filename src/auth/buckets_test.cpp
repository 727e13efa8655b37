#include "auth/buckets.hpp"

#include <gtest/gtest.h>

namespace vitrine::auth {
namespace {

using namespace std::chrono_literals;

TEST(Buckets, a_burst_and_then_as_often_as_it_refills) {
    ManualClock clock;
    Buckets buckets(clock, 0.1, 3);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(buckets.take("ada"));
    EXPECT_EQ(buckets.take("ada"), 10);
    EXPECT_FALSE(buckets.take("bob"));  // another name, another bucket
    clock.advance(4s);
    EXPECT_EQ(buckets.take("ada"), 6);
    clock.advance(6s);
    EXPECT_FALSE(buckets.take("ada"));
    EXPECT_EQ(buckets.take("ada"), 10);
    clock.advance(1h);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(buckets.take("ada"));  // it never holds more than a burst
    EXPECT_TRUE(buckets.take("ada"));
}

TEST(Buckets, what_is_given_back_may_be_taken_again) {
    ManualClock clock;
    Buckets buckets(clock, 0.1, 1);
    EXPECT_FALSE(buckets.take("ada"));
    buckets.give_back("ada");
    EXPECT_FALSE(buckets.take("ada"));
    buckets.give_back("ada");
    buckets.give_back("ada");
    EXPECT_FALSE(buckets.take("ada"));
    EXPECT_TRUE(buckets.take("ada"));
}

TEST(Buckets, full_ones_are_forgotten_when_there_are_too_many) {
    ManualClock clock;
    Buckets buckets(clock, 1, 2, 3);
    EXPECT_FALSE(buckets.take("ada"));
    EXPECT_FALSE(buckets.take("ada"));
    EXPECT_TRUE(buckets.take("ada"));
    EXPECT_FALSE(buckets.take("bob"));
    buckets.give_back("bob");
    EXPECT_FALSE(buckets.take("cleo"));
    EXPECT_FALSE(buckets.take("dan"));  // makes room by forgetting bob
    EXPECT_TRUE(buckets.take("ada"));   // not by forgetting ada
}

TEST(Buckets, an_address_counts_as_its_network) {
    EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(network_of("2001:db8:1:2::3"), network_of("2001:db8:1:2:ffff::4"));
    EXPECT_NE(network_of("2001:db8:1:2::3"), network_of("2001:db8:1:3::3"));
    EXPECT_EQ(network_of("fe80::1%eth0"), network_of("fe80::2"));
    EXPECT_EQ(network_of("not an address"), "not an address");
}

}  // namespace
}  // namespace vitrine::auth
