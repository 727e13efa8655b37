#include "http/target.hpp"

#include <fmt/ranges.h>

#include <boost/url.hpp>
#include <charconv>

#include "core/utf8.hpp"

namespace vitrine::http {
namespace {

Error malformed(std::string message) {
    return {Kind::invalid, "http.malformed_target", std::move(message)};
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool plain_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos && utf8::length(text);
}

Result<void> check_value(const Parameter& parameter, const std::string& value) {
    auto wrong = [&](std::string expected) {
        return Error{Kind::invalid, "http.parameter", fmt::format("The query parameter \"{}\" must be {}.", parameter.name, expected),
                     parameter.name};
    };
    const json::Object* schema = parameter.schema.if_object();
    if (!schema) return {};
    auto number = [&](const char* key) -> std::optional<std::int64_t> {
        const auto* bound = schema->if_contains(key);
        return bound && bound->is_number() ? std::optional(bound->to_number<std::int64_t>()) : std::nullopt;
    };
    const auto* type = schema->if_contains("type");
    std::string_view type_name = type && type->is_string() ? std::string_view(type->get_string()) : "string";

    if (const auto* names = schema->if_contains("enum"); names && names->is_array()) {
        std::vector<std::string_view> known;
        for (const auto& name : names->get_array())
            if (name.is_string()) known.push_back(name.get_string());
        if (std::find(known.begin(), known.end(), value) == known.end()) return wrong(fmt::format("one of {}", fmt::join(known, ", ")));
    }
    if (type_name == "integer") {
        std::int64_t parsed = 0;
        auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
        if (error != std::errc{} || end != value.data() + value.size()) return wrong("a whole number");
        auto low = number("minimum"), high = number("maximum");
        if ((low && parsed < *low) || (high && parsed > *high)) {
            if (low && high) return wrong(fmt::format("a whole number from {} to {}", *low, *high));
            return wrong(low ? fmt::format("a whole number of at least {}", *low) : fmt::format("a whole number of at most {}", *high));
        }
    } else if (type_name == "boolean") {
        if (value != "true" && value != "false") return wrong("true or false");
    } else if (type_name == "string") {
        auto length = static_cast<std::int64_t>(utf8::length(value).value_or(0));
        if (auto low = number("minLength"); low && length < *low) return wrong(fmt::format("a text of at least {} characters", *low));
        if (auto high = number("maxLength"); high && length > *high) return wrong(fmt::format("a text of at most {} characters", *high));
    }
    return {};
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
    auto parsed = text.starts_with('/') ? boost::urls::parse_origin_form(text) : boost::urls::parse_uri(text);
    if (!parsed) return malformed("The address is malformed; check its percent signs.");
    boost::urls::url_view url = *parsed;

    Target target;
    if (url.has_authority()) target.authority = std::string(url.encoded_host_and_port());
    for (auto segment : url.segments()) {
        if (segment == "." || segment == "..") return malformed("The path has dot segments; write it out.");
        if (segment.find_first_of("/\\") != std::string::npos || has_control(segment) || !plain_text(segment))
            return malformed("The path has a character that is not allowed: an encoded slash, a backslash or a control character.");
        target.path += '/';
        target.path += segment;
    }
    if (target.path.empty()) target.path = "/";

    boost::urls::encoding_opts spaces;
    spaces.space_as_plus = true;
    for (auto param : url.params(spaces)) {
        if (param.key.empty() && !param.has_value) continue;  // "?a=1&" and a lone "?"
        if (!plain_text(param.key) || !plain_text(param.value)) return malformed("A query parameter is not valid UTF-8 text.");
        target.query[param.key] = param.value;
    }
    return target;
}

Result<void> check_query(const std::map<std::string, std::string>& query, const std::vector<Parameter>& known) {
    for (const auto& [name, value] : query) {
        auto parameter = std::find_if(known.begin(), known.end(), [&](const Parameter& p) { return p.name == name; });
        if (parameter == known.end())
            return Error{Kind::invalid, "http.unknown_parameter",
                         fmt::format("The query parameter \"{}\" is not known here; check its spelling or leave it out.", name), name};
        TRY(check_value(*parameter, value));
    }
    return {};
}

}  // namespace vitrine::http
