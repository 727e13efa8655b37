#include "store/parameters.hpp"

#include <gtest/gtest.h>

namespace vitrine::store {
namespace {

TEST(Parameters, are_numbered_by_first_appearance) {
    auto numbered = number_parameters("SELECT a FROM t WHERE (b = :low OR :low IS NULL) AND c<:high_2");
    EXPECT_EQ(numbered.sql, "SELECT a FROM t WHERE (b = $1 OR $1 IS NULL) AND c<$2");
    EXPECT_EQ(numbered.names, (std::vector<std::string>{"low", "high_2"}));
}

TEST(Parameters, are_not_looked_for_where_colons_mean_something_else) {
    for (const auto* sql : {"SELECT ':a', 'it''s :b', x::bigint", "SELECT \":c\" -- :d\n", "/* :e */ SELECT 1",
                            "DO $$ BEGIN x := :f; END $$", "SELECT 'open :g"}) {
        EXPECT_EQ(number_parameters(sql).sql, sql);
        EXPECT_TRUE(number_parameters(sql).names.empty()) << sql;
    }
}

}  // namespace
}  // namespace vitrine::store
