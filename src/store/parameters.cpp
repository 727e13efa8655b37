#include "store/parameters.hpp"

#include <algorithm>

namespace vitrine::store {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// One past the end of what begins at `at` and holds no parameters; `at` when nothing such begins there.
std::size_t end_of_untouched(std::string_view sql, std::size_t at) {
    auto through = [&](std::string_view closing, std::size_t from) {
        auto end = sql.find(closing, from);
        return end == std::string_view::npos ? sql.size() : end + closing.size();
    };
    auto rest = sql.substr(at);
    if (rest.starts_with('\'')) return through("'", at + 1);  // a doubled quote begins the next text, which is as good
    if (rest.starts_with('"')) return through("\"", at + 1);
    if (rest.starts_with("--")) return through("\n", at);
    if (rest.starts_with("/*")) return through("*/", at + 2);
    if (rest.starts_with("$$")) return through("$$", at + 2);
    if (rest.starts_with("::")) return at + 2;
    return at;
}

}  // namespace

Numbered number_parameters(std::string_view sql) {
    Numbered numbered;
    for (std::size_t at = 0; at < sql.size();) {
        if (auto end = end_of_untouched(sql, at); end > at) {
            numbered.sql += sql.substr(at, end - at);
            at = end;
            continue;
        }
        auto end = at + 1;
        while (sql[at] == ':' && end < sql.size() && is_name_character(sql[end])) ++end;
        if (end == at + 1) {
            numbered.sql += sql[at++];
            continue;
        }
        auto name = sql.substr(at + 1, end - at - 1);
        auto known = std::ranges::find(numbered.names, name);
        if (known == numbered.names.end()) known = numbered.names.insert(known, std::string(name));
        numbered.sql += '$' + std::to_string(known - numbered.names.begin() + 1);
        at = end;
    }
    return numbered;
}

}  // namespace vitrine::store
