#include "core/json.hpp"

#include <algorithm>
#include <boost/core/demangle.hpp>
#include <cctype>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/utf8.hpp"

namespace vitrine::json {

Result<Value> parse(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 32;
    unsigned char scratch[4096];  // of the parser; what is larger comes from the heap
    boost::json::stream_parser parser({}, options, scratch);
    boost::json::error_code error;
    auto consumed = parser.write_some(text.data(), text.size(), error);
    bool rest_blank = !error && text.substr(consumed).find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (!error && rest_blank) parser.finish(error);
    if (error || !rest_blank)
        return Error{Kind::invalid, "body.malformed",
                     fmt::format("This is not JSON: reading stopped at byte {}. Check quotes, commas and brackets.", consumed)};
    return parser.release();
}

namespace {

// A text as JSON has it. Most have nothing to escape, and setting up Boost's serializer costs more than writing them.
void print_text(std::string& out, std::string_view text) {
    bool plain = std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f; });
    if (!plain) {
        out += boost::json::serialize(boost::json::string_view(text));
        return;
    }
    out += '"';
    out += text;
    out += '"';
}

// Boost.JSON writes every real as 7.5E-1; people read these files, so reals are written the short way (0.75), which
// reads back to the same number. `indent` below 0 writes everything on one line.
void print_into(std::string& out, const Value& value, int indent) {
    auto line = [&](int depth) {
        if (indent < 0) return;
        out += '\n';
        out.append(static_cast<std::size_t>(depth) * 2, ' ');
    };
    int inner = indent < 0 ? indent : indent + 1;
    if (const auto* object = value.if_object(); object && !object->empty()) {
        out += '{';
        bool first = true;
        for (const auto& [key, member] : *object) {
            if (!std::exchange(first, false)) out += ',';
            line(inner);
            print_text(out, key);
            out += indent < 0 ? ":" : ": ";
            print_into(out, member, inner);
        }
        line(indent);
        out += '}';
    } else if (const auto* array = value.if_array(); array && !array->empty()) {
        out += '[';
        bool first = true;
        for (const auto& item : *array) {
            if (!std::exchange(first, false)) out += ',';
            line(inner);
            print_into(out, item, inner);
        }
        line(indent);
        out += ']';
    } else if (const auto* real = value.if_double(); real && std::isfinite(*real)) {
        fmt::format_to(std::back_inserter(out), "{}", *real);
    } else if (const auto* text = value.if_string()) {
        print_text(out, *text);
    } else if (const auto* whole = value.if_int64()) {
        out += fmt::format_int(*whole).c_str();
    } else if (const auto* truth = value.if_bool()) {
        out += *truth ? "true" : "false";
    } else if (value.is_null()) {
        out += "null";
    } else {
        out += boost::json::serialize(value);
    }
}

}  // namespace

std::string print(const Value& value) {
    std::string out;
    print_into(out, value, -1);
    return out;
}

std::string print_pretty(const Value& value) {
    std::string out;
    print_into(out, value, 0);
    out += '\n';
    return out;
}

namespace detail {

namespace {

// The standard library's own names are long and say nothing here: strings become Text, vectors List, and allocators go.
std::string without_standard_names(std::string name) {
    constexpr std::string_view text = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
    for (auto at = name.find(text); at != std::string::npos; at = name.find(text)) name.replace(at, text.size(), "Text");
    constexpr std::string_view allocator = ", std::allocator<";
    for (auto at = name.find(allocator); at != std::string::npos; at = name.find(allocator)) {
        auto end = at + allocator.size();
        for (int depth = 1; depth > 0 && end < name.size(); ++end) depth += name[end] == '<' ? 1 : name[end] == '>' ? -1 : 0;
        name.erase(at, end - at);
    }
    for (auto at = name.find("std::vector<"); at != std::string::npos; at = name.find("std::vector<")) name.replace(at, 11, "List");
    return name;
}

}  // namespace

std::string schema_title(const std::type_info& type) {
    std::string name = without_standard_names(boost::core::demangle(type.name()));
    std::string title;
    // Template arguments become part of the name: Page<listing::Summary> -> PageListingSummary.
    for (std::size_t at = 0; at < name.size();) {
        auto end = name.find_first_of(":<>, ", at);
        auto word = name.substr(at, end == std::string::npos ? std::string::npos : end - at);
        if (!word.empty() && word != "vitrine" && word != "std" && word != "__cxx11" && word.find('(') == std::string::npos &&
            word.find(')') == std::string::npos) {
            bool upper = true;
            for (char c : word) {
                if (c == '_') {
                    upper = true;
                    continue;
                }
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
