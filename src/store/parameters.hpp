#pragma once
// Inside this room only: named parameters, ":id", as PostgreSQL counts them, "$1".

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::store {

struct Numbered {
    std::string sql;
    std::vector<std::string> names;  // in order of first appearance, which is the order values are bound in
};

// Leaves texts ('...'), names ("..."), dollar-quoted bodies ($$...$$), comments and casts (::bigint) alone.
Numbered number_parameters(std::string_view sql);

}  // namespace vitrine::store
