#pragma once
// What only browsers need: the session cookie, and the rule that unsafe requests come from our own page.

#include <chrono>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace vitrine::auth {

// A Set-Cookie value: HttpOnly, SameSite=Strict, Path=/. Over HTTPS also Secure, under a __Host- name that no other
// host of the domain and no plain HTTP page can set.
std::string session_cookie(std::string_view secret, bool secure, std::chrono::seconds max_age);
std::string cleared_cookie(bool secure);

// The secret in the request's cookie; empty when there is none.
std::string_view session_secret_in(const http::Request&);

// Whether the Origin header names the page that we serve: scheme, host and port of this request, or of `public_url`
// (may be empty). An absent Origin is not ours.
bool from_our_page(const http::Request&, std::string_view public_url);

// The address under which the client reached us, "https://vitrine.home", to build links from.
std::string address_of(const http::Request&);

}  // namespace vitrine::auth
