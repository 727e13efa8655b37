#include "auth/device.hpp"

#include <gtest/gtest.h>

namespace vitrine::auth {
namespace {

TEST(Device, is_named_as_a_person_would_name_it) {
    struct Row {
        std::string_view user_agent, name;
    };
    for (const auto& row : {
             Row{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"},
             Row{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 "
                 "Edg/142.0.0.0",
                 "Edge on Windows"},
             Row{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
                 "Safari on Mac"},
             Row{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 "
                 "Mobile/15E148 Safari/604.1",
                 "Chrome on iPhone"},
             Row{"Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile "
                 "Safari/537.36",
                 "Samsung Internet on Android"},
             Row{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
                 "Chrome on Linux"},
             Row{"Mozilla/5.0 (unheard of)", "a browser"},
             Row{"curl/7.88.1", "curl"},
             Row{"kitchen-camera", "kitchen-camera"},
             Row{"", "an unknown program"},
             Row{"\xff\xfe\n", "an unknown program"},
         })
        EXPECT_EQ(device_of(row.user_agent), row.name);
    EXPECT_EQ(device_of(std::string(1000, 'a')).size(), 60u);
}

}  // namespace
}  // namespace vitrine::auth
