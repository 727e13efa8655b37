// The Cookie, Origin and Host headers as anyone may send them.
//   build/fuzz/bin/auth_cookie_fuzz src/auth/testdata/corpus/cookie
// An input is three lines: Cookie, Origin, Host.
#include <cstdlib>

#include "auth/browser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vitrine;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    http::Request request;
    for (const char* name : {"Cookie", "Origin", "Host"}) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        request.headers.set(name, std::string(line));
    }
    for (bool secure : {false, true}) {
        request.secure = secure;
        auto secret = auth::session_secret_in(request);
        if (secret.find(';') != std::string_view::npos) std::abort();  // another cookie's text
        if (!request.headers.has("Origin") && auth::from_our_page(request, "")) std::abort();
        (void)auth::from_our_page(request, "https://vitrine.example");
        (void)auth::address_of(request);
    }
    return 0;
}
