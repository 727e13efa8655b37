#include "auth/browser.hpp"

#include <gtest/gtest.h>

namespace vitrine::auth {
namespace {

http::Request asking(std::string host, std::string origin, bool secure = false) {
    http::Request request;
    request.secure = secure;
    request.headers.set("host", std::move(host));
    if (!origin.empty()) request.headers.set("origin", std::move(origin));
    return request;
}

TEST(Origin, is_ours_only_with_scheme_host_and_port) {
    struct Row {
        const char* host;
        const char* origin;
        bool secure, ours;
        const char* why;
    };
    for (const auto& row : {
             Row{"127.0.0.1:8080", "http://127.0.0.1:8080", false, true, "the page itself"},
             Row{"127.0.0.1:8080", "http://127.0.0.1:8081", false, false, "another port is another page"},
             Row{"127.0.0.1:8080", "http://127.0.0.1", false, false, "no port is port 80"},
             Row{"127.0.0.1:8080", "https://127.0.0.1:8080", false, false, "another scheme"},
             Row{"127.0.0.1:8080", "http://localhost:8080", false, false, "another host"},
             Row{"vitrine.home", "https://vitrine.home", true, true, "over TLS"},
             Row{"vitrine.home:443", "https://vitrine.home", true, true, "443 is what https means"},
             Row{"Vitrine.Home", "https://vitrine.home", true, true, "host names have no case"},
             Row{"vitrine.home:80", "http://vitrine.home", false, true, "80 is what http means"},
             Row{"127.0.0.1:8080", "https://shop.example", false, true, "public_url, whatever the proxy sends as Host"},
             Row{"127.0.0.1:8080", "https://shop.example:444", false, false, "not its port"},
             Row{"127.0.0.1:8080", "https://shop.example.evil", false, false, "a longer name"},
             Row{"127.0.0.1:8080", "null", false, false, "a sandboxed page"},
             Row{"127.0.0.1:8080", "", false, false, "no Origin at all"},
             Row{"", "http://", false, false, "nothing equals nothing"},
         })
        EXPECT_EQ(from_our_page(asking(row.host, row.origin, row.secure), "https://shop.example/"), row.ours) << row.why;
    EXPECT_FALSE(from_our_page(asking("127.0.0.1:8080", "https://shop.example"), ""));
}

TEST(Cookie, is_out_of_reach_for_scripts_and_other_pages) {
    EXPECT_EQ(session_cookie("abc", false, std::chrono::hours{1}), "vitrine_session=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600");
    EXPECT_EQ(session_cookie("abc", true, std::chrono::hours{1}),
              "__Host-vitrine_session=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600; Secure");
    EXPECT_EQ(cleared_cookie(false), "vitrine_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST(Cookie, is_found_among_others_by_its_whole_name) {
    auto with = [](const char* cookies, bool secure) {
        auto request = asking("127.0.0.1:8080", "", secure);
        request.headers.set("cookie", cookies);
        return std::string(session_secret_in(request));
    };
    EXPECT_EQ(with("vitrine_session=abc", false), "abc");
    EXPECT_EQ(with("a=1; vitrine_session=abc; b=2", false), "abc");
    EXPECT_EQ(with("my_vitrine_session=x;vitrine_session=abc", false), "abc");
    EXPECT_EQ(with("vitrine_session2=x", false), "");
    EXPECT_EQ(with("   ", false), "");
    EXPECT_EQ(with("", false), "");
    // Over TLS only the __Host- name counts: the plain one could have been set from outside TLS.
    EXPECT_EQ(with("vitrine_session=abc", true), "");
    EXPECT_EQ(with("vitrine_session=x; __Host-vitrine_session=abc", true), "abc");
}

}  // namespace
}  // namespace vitrine::auth
