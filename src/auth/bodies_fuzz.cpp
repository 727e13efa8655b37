// Every JSON body that auth's routes take: what is read is written and read again as the same.
//   build/fuzz/bin/auth_bodies_fuzz src/auth/testdata/corpus/bodies
#include <cstdlib>

#include "auth/bodies.hpp"
#include "core/json.hpp"

namespace {

using namespace vitrine;

template <class... Bodies>
void read_each(std::string_view text) {
    auto check = [&]<class Body>(Body*) {
        auto body = json::read_text<Body>(text);
        if (!body) return;
        auto written = json::print(json::write(*body));
        auto again = json::read_text<Body>(written);
        if (!again || json::print(json::write(*again)) != written) std::abort();
    };
    (check(static_cast<Bodies*>(nullptr)), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace auth;
    read_each<SetUp, SignIn, TokenRequest, Refresh, ChangePassword, ChangeRole, InviteRequest, AcceptInvite, KeyRequest>(
        {reinterpret_cast<const char*>(data), size});
    return 0;
}
