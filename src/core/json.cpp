#include "core/json.hpp"

#include <boost/core/demangle.hpp>

#include "core/utf8.hpp"

namespace vitrine::json {

Result<Value> parse(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 32;
    boost::json::stream_parser parser({}, options);
    boost::json::error_code error;
    auto consumed = parser.write_some(text.data(), text.size(), error);
    bool rest_blank = !error && text.substr(consumed).find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (!error && rest_blank) parser.finish(error);
    if (error || !rest_blank)
        return Error{Kind::invalid, "body.malformed", fmt::format("This is not JSON: reading stopped at byte {}. Check quotes, commas and brackets.", consumed)};
    return parser.release();
}

std::string print(const Value& value) { return boost::json::serialize(value); }

namespace {

void print_into(std::string& out, const Value& value, int indent) {
    auto line = [&](int depth) { out += '\n'; out.append(static_cast<std::size_t>(depth) * 2, ' '); };
    if (const auto* object = value.if_object(); object && !object->empty()) {
        out += '{';
        bool first = true;
        for (const auto& [key, member] : *object) {
            if (!std::exchange(first, false)) out += ',';
            line(indent + 1);
            out += boost::json::serialize(boost::json::string(key)) + ": ";
            print_into(out, member, indent + 1);
        }
        line(indent);
        out += '}';
    } else if (const auto* array = value.if_array(); array && !array->empty()) {
        out += '[';
        bool first = true;
        for (const auto& item : *array) {
            if (!std::exchange(first, false)) out += ',';
            line(indent + 1);
            print_into(out, item, indent + 1);
        }
        line(indent);
        out += ']';
    } else {
        out += boost::json::serialize(value);
    }
}

}  // namespace

std::string print_pretty(const Value& value) {
    std::string out;
    print_into(out, value, 0);
    out += '\n';
    return out;
}

namespace detail {

std::string schema_title(const std::type_info& type) {
    std::string name = boost::core::demangle(type.name());
    std::string title;
    // Template arguments become part of the name: Page<listing::Summary> -> PageListingSummary.
    for (std::size_t at = 0; at < name.size();) {
        auto end = name.find_first_of(":<>, ", at);
        auto word = name.substr(at, end == std::string::npos ? std::string::npos : end - at);
        if (!word.empty() && word != "vitrine" && word != "std" && word != "__cxx11" && word.find('(') == std::string::npos && word.find(')') == std::string::npos) {
            bool upper = true;
            for (char c : word) {
                if (c == '_') { upper = true; continue; }
                title += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
                upper = false;
            }
        }
        if (end == std::string::npos) break;
        at = end + 1;
    }
    return title;
}

Error wrong(std::string_view path, std::string expected) {
    return {Kind::invalid, "body.field", fmt::format("{} must be {}.", path, expected), std::string(path)};
}

Result<void> check_text(std::string_view text, std::size_t min, std::size_t max, std::string_view path) {
    auto length = utf8::length(text);
    if (!length || text.find('\0') != std::string_view::npos) return wrong(path, "valid UTF-8 text without NUL");
    if (*length < min || *length > max) return wrong(path, fmt::format("a text of {} to {} characters; it has {}", min, max, *length));
    return {};
}

}  // namespace detail
}  // namespace vitrine::json
