#include "http/head.hpp"

#include <gtest/gtest.h>

#include "http/proxies.hpp"

namespace vitrine::http {
namespace {

Headers headers(std::initializer_list<std::pair<const char*, const char*>> list) {
    Headers made;
    for (const auto& [name, value] : list) made.add(name, value);
    return made;
}

TEST(Head, lines_are_checked_as_they_come) {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t cut = 0; cut <= head.size(); ++cut) {
        EXPECT_TRUE(check_lines(head.substr(0, cut))) << cut;
        EXPECT_TRUE(check_lines(head, cut)) << cut;
    }
    EXPECT_FALSE(check_lines("GET / HTTP/1.1\nHost: a"));
    EXPECT_FALSE(check_lines("GET / HTTP/1.1\r\nA: b\r\n c", 22)) << "where the last look ended in the middle of a fold";
}

TEST(Head, a_host_is_ours_by_name_not_by_likeness) {
    EXPECT_TRUE(check_host("192.168.1.5:8080", {"192.168.1.5", ""}));
    EXPECT_FALSE(check_host("192.168.1.6:8080", {"192.168.1.5", ""}));
    EXPECT_TRUE(check_host("[fd00::5]:8080", {"fd00::5", ""}));
    EXPECT_TRUE(check_host("shop.example", {"10.0.0.1", "https://shop.example/"}));
    EXPECT_FALSE(check_host("shop.example@evil.example", {"10.0.0.1", "https://shop.example/"}));
    EXPECT_FALSE(check_host("0.0.0.0", {"127.0.0.1", ""}));
    EXPECT_FALSE(check_host("127.0.0.1.evil.example", {"127.0.0.1", ""}));
    const std::string names[] = {"ada", "ada.local"};
    EXPECT_TRUE(check_host("Ada.local:8080", {"127.0.0.1", "", names}));
    EXPECT_FALSE(check_host("ada.example", {"127.0.0.1", "", names}));
}

TEST(Proxies, each_trusted_proxy_vouches_for_the_one_before_it) {
    auto proxies = TrustedProxies::parse({"10.0.0.0/8", "::1"}).value();
    auto peer = [&](std::string_view socket, std::initializer_list<std::pair<const char*, const char*>> list) {
        auto found = proxies.find(headers(list), {std::string(socket), false, {}});
        return found.address + (found.secure ? " secure" : "") + (found.host.empty() ? "" : " " + found.host);
    };
    EXPECT_EQ(peer("10.0.0.1", {{"x-forwarded-for", "203.0.113.9, 198.51.100.7"}, {"x-forwarded-proto", "https"}}), "198.51.100.7 secure")
        << "the client's own claim stands left";
    EXPECT_EQ(peer("10.0.0.1", {{"x-forwarded-for", "198.51.100.7, 10.0.0.2"}}), "198.51.100.7");
    EXPECT_EQ(peer("10.0.0.1", {{"x-forwarded-for", "198.51.100.7"}, {"x-forwarded-for", "10.0.0.2"}}), "198.51.100.7") << "on two lines";
    EXPECT_EQ(peer("192.0.2.1", {{"x-forwarded-for", "198.51.100.7"}, {"x-forwarded-proto", "https"}}), "192.0.2.1") << "no proxy of ours";
    EXPECT_EQ(peer("::1", {{"forwarded", "for=\"[2001:db8::7]:4711\";proto=https, for=10.1.1.1"}}), "2001:db8::7 secure");
    EXPECT_EQ(peer("::ffff:10.0.0.1", {{"x-forwarded-for", "unknown"}}), "::ffff:10.0.0.1");
    EXPECT_EQ(peer("10.0.0.1", {{"x-forwarded-for", "198.51.100.7"}, {"x-forwarded-host", "shop.example"}}), "198.51.100.7 shop.example");
    EXPECT_EQ(peer("::1", {{"forwarded", "for=198.51.100.7;host=\"shop.example:8443\";proto=https"}}),
              "198.51.100.7 secure shop.example:8443");
    EXPECT_EQ(peer("192.0.2.1", {{"x-forwarded-host", "shop.example"}}), "192.0.2.1") << "a stranger's word";
    EXPECT_EQ(peer("10.0.0.1", {}), "10.0.0.1");
    EXPECT_TRUE(proxies.find({}, {"10.0.0.1", true, {}}).secure) << "the socket itself was encrypted";
    EXPECT_FALSE(proxies.find(headers({{"x-forwarded-proto", "http"}}), {"10.0.0.1", true, {}}).secure)
        << "a proxy speaks TLS to us, but its client did not";
    for (auto bad : {"10.0.0.0/33", "proxy.example", "10.0.0.0/", "10.0.0.0/-1"}) EXPECT_FALSE(TrustedProxies::parse({bad})) << bad;
}

}  // namespace
}  // namespace vitrine::http
