#include "app/machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrine::app {
namespace {

TEST(Machine, it_knows_itself_by_name_and_address) {
    auto machine = look_around();
    EXPECT_EQ(machine.names.front(), "localhost");
    ASSERT_GE(machine.addresses.size(), 2u);
    EXPECT_EQ(machine.addresses[0], "127.0.0.1");
    EXPECT_EQ(machine.addresses[1], "::1");
    for (const auto& address : machine.addresses) EXPECT_FALSE(address.starts_with("fe80:")) << address;
    bool known = std::ranges::find(machine.addresses, machine.address) != machine.addresses.end();
    EXPECT_TRUE(machine.address.empty() || known) << machine.address;
}

TEST(Machine, addresses_are_taken_apart) {
    EXPECT_EQ(split("0.0.0.0:8080").host, "0.0.0.0");
    EXPECT_EQ(split("0.0.0.0:8080").port, "8080");
    EXPECT_EQ(split("[::1]:80").host, "::1");
    EXPECT_EQ(host_of("https://Shop.example:8443/x"), "shop.example");
    EXPECT_EQ(host_of("https://[fd00::5]/"), "fd00::5");
    EXPECT_EQ(host_of("https://[fd00::5]:8443"), "fd00::5");
    EXPECT_EQ(host_of("https://shop.example?x=1"), "shop.example");
    EXPECT_EQ(host_of("shop.example"), "");
    EXPECT_TRUE(is_loopback("127.0.0.2") && is_loopback("::1") && is_loopback("localhost"));
    EXPECT_FALSE(is_loopback("192.168.1.5") || is_loopback("0.0.0.0"));
}

}  // namespace
}  // namespace vitrine::app
