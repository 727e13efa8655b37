#include "auth/auth.hpp"

#include <gtest/gtest.h>

namespace vitrine::auth {
namespace {

// The tables of auth.hpp, row by row: a right in the wrong hands shows here as a line of text.
TEST(Rights, every_role_has_the_rights_of_the_one_below_and_more) {
    auto words = [](Role role) {
        std::string text;
        for (auto right : rights_of(role)) text += std::string(json::enum_name(right)) + " ";
        return text;
    };
    EXPECT_EQ(words(Role::viewer), "open signed_in read ");
    EXPECT_EQ(words(Role::lister), "open signed_in read upload write ");
    EXPECT_EQ(words(Role::reviewer), "open signed_in read upload write review ");
    EXPECT_EQ(words(Role::owner), "open signed_in read upload write review admin owner ");
}

TEST(Rights, a_key_never_reviews_and_never_owns) {
    auto words = [](Scope scope) {
        std::string text;
        for (auto right : rights_of(Role::owner))
            if (allows(scope, right)) text += std::string(json::enum_name(right)) + " ";
        return text;
    };
    EXPECT_EQ(words(Scope::upload), "open upload ");
    EXPECT_EQ(words(Scope::read), "open read ");
    EXPECT_EQ(words(Scope::write), "open read upload write ");
    EXPECT_EQ(words(Scope::admin), "open read upload write admin ");
}

TEST(Rights, several_scopes_add_up) {
    const std::vector<Scope> uploader{Scope::upload, Scope::read};
    EXPECT_TRUE(allows(uploader, Right::upload));
    EXPECT_TRUE(allows(uploader, Right::read));
    EXPECT_FALSE(allows(uploader, Right::write));
    EXPECT_TRUE(allows(std::vector<Scope>{}, Right::open));
    EXPECT_FALSE(allows(std::vector<Scope>{}, Right::read));
}

}  // namespace
}  // namespace vitrine::auth
