#include "catalog/text.hpp"

#include <gtest/gtest.h>

namespace vitrine::catalog {
namespace {

TEST(Fold, LeavesWhatTwoWritingsShare) {
    EXPECT_EQ(fold("Lévi's® Jeans"), "levis jeans");
    EXPECT_EQ(fold("H & M"), "h & m");
    EXPECT_EQ(fold("Größe"), "grosse");
    EXPECT_EQ(fold("Samsøe  Samsøe"), "samsoe samsoe");
    EXPECT_EQ(fold("ＺＡＲＡ：３８"), "zara 38") << "full width, as text recognition of Chinese writes it";
    EXPECT_EQ(fold("А ВЕС"), "a bec") << "Cyrillic capitals that look Latin";
    EXPECT_EQ(fold(" \t-- "), "");
}

TEST(Fold, SurvivesBytesThatAreNoText) {
    EXPECT_EQ(fold("a\xff\xfe z\xc3"), "a z");
    EXPECT_EQ(fold(std::string_view("a\0b", 3)), "a b");
}

TEST(Skeleton, IsTheSameForWhatLooksTheSame) {
    EXPECT_EQ(skeleton("adidas"), skeleton("adldas"));
    EXPECT_EQ(skeleton("nike"), skeleton("n1ke"));
    EXPECT_EQ(skeleton("tommy"), skeleton("tornrny"));
    EXPECT_EQ(skeleton("boss"), skeleton("8055"));
    EXPECT_NE(skeleton("nike"), skeleton("nine"));
}

TEST(EditDistance, StopsAtItsLimit) {
    EXPECT_EQ(edit_distance("zara", "zara", 2), 0);
    EXPECT_EQ(edit_distance("bershka", "bershca", 2), 1);
    EXPECT_EQ(edit_distance("abc", "xyz", 2), 3);
    EXPECT_EQ(edit_distance("", "four", 2), 3);
    EXPECT_EQ(edit_distance(std::string(200, 'a'), std::string(200, 'b'), 2), 3);
}

TEST(Tokens, TellWordsNumbersAndSymbolsApart) {
    auto tokens = tokens_of("W32/L34 8½ 37,5 60% ®");
    std::string seen;
    for (const Token& token : tokens) seen += token.text + (token.kind == TokenKind::word ? "w " : token.is_number() ? "n " : "s ");
    EXPECT_EQ(seen, "ww 32n /s lw 34n 8.5n 37.5n 60n %s ®s ");
    EXPECT_TRUE(tokens[1].glued);
    EXPECT_FALSE(tokens[5].glued);
}

TEST(Tokens, KnowCapitals) {
    EXPECT_TRUE(tokens_of("IT").front().upper);
    EXPECT_FALSE(tokens_of("it").front().upper);
    EXPECT_FALSE(tokens_of("It").front().upper);
}

}  // namespace
}  // namespace vitrine::catalog
