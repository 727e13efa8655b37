#include <cassert>

#include "http/route.hpp"

namespace vitrine::http {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    if (path.starts_with('/')) path.remove_prefix(1);
    while (true) {
        auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_param(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

// Where both fit, words beat parameters, from the left: /listings/search before /listings/{id}.
bool more_exact(const std::vector<std::string_view>& one, const std::vector<std::string_view>& other) {
    for (std::size_t i = 0; i < one.size(); ++i)
        if (is_param(one[i]) != is_param(other[i])) return !is_param(one[i]);
    return false;
}

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
    if (pattern.size() != path.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (is_param(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
    return true;
}

}  // namespace

void Router::add(Route route) {
    assert(route.path.starts_with('/'));
    assert(std::none_of(routes_.begin(), routes_.end(), [&](const Route& other) {
        return (other.method == route.method && other.path == route.path) || other.operation == route.operation;
    }));
    routes_.push_back(std::move(route));
}

Router::Match Router::match(Method method, std::string_view path) const {
    auto asked = segments_of(path);
    Match found;
    std::vector<std::string_view> best;
    for (const Route& route : routes_) {
        auto pattern = segments_of(route.path);
        if (!fits(pattern, asked)) continue;
        found.allowed.push_back(route.method);
        if (route.method != method || (found.route && !more_exact(pattern, best))) continue;
        found.route = &route;
        best = std::move(pattern);
    }
    if (found.route)
        for (std::size_t i = 0; i < best.size(); ++i)
            if (is_param(best[i])) found.params[std::string(best[i].substr(1, best[i].size() - 2))] = asked[i];
    return found;
}

}  // namespace vitrine::http
