#include "auth/secrets.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vitrine::auth {
namespace {

TEST(Secrets, a_key_that_is_mistyped_or_cut_is_told_from_a_whole_one) {
    auto key = make_key_secret();
    EXPECT_EQ(key.size(), 42u);
    EXPECT_TRUE(key.starts_with("vit_"));
    EXPECT_TRUE(is_key_secret(key));
    for (std::size_t i = 0; i < key.size(); ++i) {
        auto wrong = key;
        wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
        EXPECT_FALSE(is_key_secret(wrong)) << i;
    }
    EXPECT_FALSE(is_key_secret(key.substr(0, 41)));
    EXPECT_FALSE(is_key_secret(key + "0"));
    EXPECT_FALSE(is_key_secret(""));
}

TEST(Secrets, no_two_are_the_same) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(make_code());
    EXPECT_EQ(seen.size(), 1000u);
    EXPECT_EQ(make_session_secret().size(), 52u);  // 5 bits a letter: 260
}

TEST(Secrets, a_code_is_read_as_a_person_types_it) {
    EXPECT_EQ(grouped("k3vd92hxab"), "k3vd-92hx-ab");
    EXPECT_EQ(typed_code(" K3VD 92HX-ab\n"), "k3vd92hxab");
    EXPECT_EQ(typed_code("OIl"), "011");
    auto code = make_code();
    EXPECT_EQ(typed_code(grouped(code)), code);
}

TEST(Secrets, the_hash_is_sha_256) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_TRUE(same_secret("abc", "abc"));
    EXPECT_FALSE(same_secret("abc", "abd"));
    EXPECT_FALSE(same_secret("abc", "ab"));
}

}  // namespace
}  // namespace vitrine::auth
