#include "auth/device.hpp"

#include <array>

namespace vitrine::auth {
namespace {

struct Sign {
    std::string_view text, name;
};

// Order counts: nearly every browser also claims to be Chrome and Safari.
constexpr std::array browsers{
    Sign{"Edg", "Edge"},         Sign{"OPR/", "Opera"},     Sign{"SamsungBrowser/", "Samsung Internet"},
    Sign{"Firefox/", "Firefox"}, Sign{"FxiOS/", "Firefox"}, Sign{"CriOS/", "Chrome"},
    Sign{"Chrome/", "Chrome"},   Sign{"Safari/", "Safari"},
};
constexpr std::array systems{
    Sign{"iPhone", "iPhone"}, Sign{"iPad", "iPad"},       Sign{"Android", "Android"}, Sign{"Windows", "Windows"},
    Sign{"Mac OS X", "Mac"},  Sign{"CrOS", "Chromebook"}, Sign{"Linux", "Linux"},
};

template <std::size_t N>
std::string_view name_in(const std::array<Sign, N>& signs, std::string_view text) {
    for (const auto& sign : signs)
        if (text.find(sign.text) != std::string_view::npos) return sign.name;
    return {};
}

}  // namespace

std::string device_of(std::string_view user_agent) {
    if (user_agent.starts_with("Mozilla/")) {
        auto browser = name_in(browsers, user_agent), system = name_in(systems, user_agent);
        if (!browser.empty() && !system.empty()) return std::string(browser) + " on " + std::string(system);
        if (!browser.empty() || !system.empty()) return std::string(browser.empty() ? system : browser);
        return "a browser";
    }
    std::string program;  // "curl/7.88.1" is curl
    for (char c : user_agent.substr(0, user_agent.find_first_of("/ ("))) {
        if (c > ' ' && c < 0x7f) program += c;
        if (program.size() == 60) break;
    }
    return program.empty() ? "an unknown program" : program;
}

}  // namespace vitrine::auth
