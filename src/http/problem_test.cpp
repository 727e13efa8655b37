#include <gtest/gtest.h>

#include "http/message.hpp"

namespace vitrine::http {
namespace {

TEST(Problem, the_kind_decides_the_status_and_some_codes_have_their_own) {
    EXPECT_EQ(status_of(Error{Kind::invalid, "body.field", ""}), 422);
    EXPECT_EQ(status_of(Error{Kind::invalid, "body.malformed", ""}), 400);
    EXPECT_EQ(status_of(Error{Kind::invalid, "http.too_many_files", ""}), 400);
    EXPECT_EQ(status_of(Error{Kind::invalid, "photo.too_large", ""}), 413);
    EXPECT_EQ(status_of(Error{Kind::conflict, "listing.changed", ""}), 412);
    EXPECT_EQ(status_of(Error{Kind::conflict, "listing.state", ""}), 409);
    EXPECT_EQ(status_of(Error{Kind::denied, "auth.required", ""}), 401);
    EXPECT_EQ(status_of(Error{Kind::denied, "auth.denied", ""}), 403);
    EXPECT_EQ(status_of(Error{Kind::limit, "auth.rate", ""}), 429);
    EXPECT_EQ(status_of(Error{Kind::unavailable, "vision.not_ready", ""}), 503);
    EXPECT_EQ(status_of(Error{Kind::corrupt, "vault.damaged", ""}), 500);
}

TEST(Problem, it_says_when_to_try_again) {
    Error error{Kind::limit, "auth.rate", "Too many."};
    error.retry_after_seconds = 30;
    auto response = problem(error, "r1");
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.headers.get("Retry-After"), "30");
    EXPECT_EQ(
        std::get<std::string>(response.body),
        R"({"type":"about:blank","title":"Too Many Requests","status":429,"detail":"Too many.","code":"auth.rate","request_id":"r1"})");
}

TEST(IfMatch, it_names_a_version_or_any_and_must_be_there) {
    Request request;
    auto matched = [&](std::string text) {
        request.headers.set("If-Match", std::move(text));
        return if_match(request);
    };
    EXPECT_EQ(if_match(request).error().code, "http.if_match");
    EXPECT_EQ(matched(etag_of(12)).value(), 12);
    EXPECT_FALSE(matched("*").value());
    for (auto bad : {"", "12", "\"\"", "\"", "\"x\"", "\"1x\"", "W/\"1\"", "\"1\", \"2\"", "\"99999999999999999999\""})
        EXPECT_FALSE(matched(bad)) << bad;
}

}  // namespace
}  // namespace vitrine::http
