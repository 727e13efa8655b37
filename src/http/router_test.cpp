#include <gtest/gtest.h>

#include "http/route.hpp"

namespace vitrine::http {
namespace {

Router router_of(std::initializer_list<std::pair<Method, const char*>> rows) {
    Router router;
    for (const auto& [method, path] : rows) {
        router.add({method, path, Right::read, std::string(name_of(method)) + path, "Of a test."});
    }
    return router;
}

TEST(Router, words_beat_parameters_whatever_the_order_of_rows) {
    auto router = router_of({{Method::get, "/a/{id}"},
                             {Method::get, "/a/new"},
                             {Method::get, "/{x}/new"},
                             {Method::post, "/a/{id}"},
                             {Method::get, "/a/{id}/photos/{photo}"}});
    EXPECT_EQ(router.match(Method::get, "/a/new").route->path, "/a/new");
    EXPECT_EQ(router.match(Method::get, "/b/new").route->path, "/{x}/new");
    auto photo = router.match(Method::get, "/a/7/photos/8");
    EXPECT_EQ(photo.params, (std::map<std::string, std::string>{{"id", "7"}, {"photo", "8"}}));
    EXPECT_EQ(router.match(Method::del, "/a/7").allowed, (std::vector{Method::get, Method::post}));
    for (auto nowhere : {"/", "/a", "/a/", "/a/7/", "/a/7/photos", ""})
        EXPECT_TRUE(router.match(Method::get, nowhere).allowed.empty()) << nowhere;
}

}  // namespace
}  // namespace vitrine::http
