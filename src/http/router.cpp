#include <cassert>
#include <optional>

#include "http/route.hpp"

namespace vitrine::http {
namespace {

// Takes the first segment off the path, which has no slash at its beginning. None left: nothing.
std::optional<std::string_view> next_segment(std::optional<std::string_view>& path) {
    if (!path) return std::nullopt;
    auto slash = path->find('/');
    auto segment = path->substr(0, slash);
    path = slash == std::string_view::npos ? std::nullopt : std::optional(path->substr(slash + 1));
    return segment;
}

std::optional<std::string_view> segments_of(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    return path;
}

bool is_param(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

// Where both fit, words beat parameters, from the left: /listings/search before /listings/{id}.
bool more_exact(std::string_view one, std::string_view other) {
    auto left = segments_of(one), right = segments_of(other);
    while (true) {
        auto a = next_segment(left), b = next_segment(right);
        if (!a || !b) return false;
        if (is_param(*a) != is_param(*b)) return !is_param(*a);
    }
}

// Every request asks this of every row.
bool fits(std::string_view pattern, std::string_view path) {
    if (!path.starts_with(pattern.substr(0, pattern.find('{')))) return false;  // nearly all of them, at once
    auto wanted = segments_of(pattern), asked = segments_of(path);
    while (true) {
        auto a = next_segment(wanted), b = next_segment(asked);
        if (!a || !b) return !a && !b;
        if (is_param(*a) ? b->empty() : *a != *b) return false;
    }
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
    Match found;
    for (const Route& route : routes_) {
        if (!fits(route.path, path)) continue;
        found.allowed.push_back(route.method);
        if (route.method == method && (!found.route || more_exact(route.path, found.route->path))) found.route = &route;
    }
    if (!found.route) return found;
    auto pattern = segments_of(found.route->path), asked = segments_of(path);
    while (auto segment = next_segment(pattern)) {
        auto value = next_segment(asked);
        if (is_param(*segment)) found.params[std::string(segment->substr(1, segment->size() - 2))] = *value;
    }
    return found;
}

}  // namespace vitrine::http
