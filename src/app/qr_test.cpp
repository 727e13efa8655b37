#include "app/qr.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace vitrine::app {
namespace {

TEST(Qr, an_address_becomes_a_square_with_its_three_corners) {
    auto qr = Qr::encode("http://192.168.1.5:8080/trust").value();
    EXPECT_EQ(qr.side(), 29) << "version 3";
    for (auto [left, top] : {std::pair{0, 0}, {22, 0}, {0, 22}})
        for (int y = 0; y < 7; ++y)
            for (int x = 0; x < 7; ++x) {
                int ring = std::max(std::abs(x - 3), std::abs(y - 3));
                EXPECT_EQ(qr.dark(left + x, top + y), ring != 2) << left + x << " " << top + y;
            }
    EXPECT_FALSE(qr.dark(-1, 0) || qr.dark(0, 29));
}

TEST(Qr, its_drawings_hold_every_module_and_no_script) {
    auto qr = Qr::encode("http://192.168.1.5:8080/trust").value();
    auto svg = qr.svg();
    EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    EXPECT_EQ(svg.find("style"), std::string::npos);
    EXPECT_EQ(svg.find("script"), std::string::npos);
    // Each "hN" of the path is a run of dark modules; "h-N" closes it.
    int drawn = 0, dark = 0;
    for (auto at = svg.find('h', svg.find(" d=")); at != std::string::npos; at = svg.find('h', at + 1))
        if (svg[at + 1] != '-') drawn += std::stoi(svg.substr(at + 1));
    for (int y = 0; y < qr.side(); ++y)
        for (int x = 0; x < qr.side(); ++x) dark += qr.dark(x, y);
    EXPECT_EQ(drawn, dark);
    auto lines = qr.blocks();
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), (qr.side() + 5) / 2);
}

TEST(Qr, what_does_not_fit_is_refused) {
    EXPECT_FALSE(Qr::encode(std::string(4000, 'x')));
}

}  // namespace
}  // namespace vitrine::app
