#include "core/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <charconv>

extern char** environ;

namespace vitrine {
namespace {

Error bad_value(std::string message) {
    return {Kind::invalid, "config.value", std::move(message)};
}

template <class Number>
Result<Number> parse_number(std::string_view text) {
    Number value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return bad_value(fmt::format("\"{}\" is not a number", text));
    return value;
}

std::string environment_name(std::string_view key) {
    std::string name = "VITRINE_";
    for (char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

// "a, b" is two texts; nothing between commas is none.
std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto comma = std::min(text.find(','), text.size());
        auto part = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        part = part.substr(0, part.find_last_not_of(' ') + 1);
        if (!part.empty()) parts.emplace_back(part);
    }
    return parts;
}

// What a value in the file is as a text. None for what no setting takes: a date, an array of numbers.
std::optional<std::string> text_of(const toml::node& node) {
    if (auto s = node.value_exact<std::string>()) return s;
    if (auto b = node.value_exact<bool>()) return *b ? "true" : "false";
    if (auto i = node.value_exact<std::int64_t>()) return fmt::format("{}", *i);
    if (auto d = node.value_exact<double>()) return fmt::format("{}", *d);
    const auto* array = node.as_array();
    if (!array) return {};
    std::vector<std::string> parts;
    for (const auto& item : *array) {
        auto part = item.value_exact<std::string>();
        if (!part) return {};
        parts.push_back(*part);
    }
    return fmt::format("{}", fmt::join(parts, ","));
}

struct FileRow {
    std::string key;
    std::optional<std::string> text;
    int line;
};

// Flattens [http] body_bytes_max = 1 into "http.body_bytes_max".
void flatten(const toml::table& table, const std::string& prefix, std::vector<FileRow>& rows) {
    for (auto&& [key, node] : table) {
        auto name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
        if (const auto* inner = node.as_table())
            flatten(*inner, name, rows);
        else
            rows.push_back({name, text_of(node), static_cast<int>(node.source().begin.line)});
    }
}

}  // namespace

void Config::add(Setting setting) {
    settings_.push_back(std::move(setting));
}

void Config::whole(std::string key, std::int64_t& target, std::int64_t low, std::int64_t high, std::string sentence) {
    auto bounds = fmt::format("{} to {}", low, high);
    add({std::move(key), fmt::format("{}", target), bounds, std::move(sentence),
         [&target, low, high, bounds](std::string_view text) -> Result<void> {
             auto value = TRY(parse_number<std::int64_t>(text));
             if (value < low || value > high) return bad_value(fmt::format("{} is out of bounds: {}", value, bounds));
             target = value;
             return {};
         }});
}

void Config::number(std::string key, double& target, double low, double high, std::string sentence) {
    auto bounds = fmt::format("{} to {}", low, high);
    add({std::move(key), fmt::format("{}", target), bounds, std::move(sentence),
         [&target, low, high, bounds](std::string_view text) -> Result<void> {
             auto value = TRY(parse_number<double>(text));
             if (!(value >= low && value <= high)) return bad_value(fmt::format("{} is out of bounds: {}", value, bounds));
             target = value;
             return {};
         }});
}

void Config::toggle(std::string key, bool& target, std::string sentence) {
    add({std::move(key), target ? "true" : "false", "true or false", std::move(sentence), [&target](std::string_view text) -> Result<void> {
             if (text != "true" && text != "false") return bad_value(fmt::format("\"{}\" is neither true nor false", text));
             target = text == "true";
             return {};
         }});
}

void Config::text(std::string key, std::string& target, std::string sentence) {
    add({std::move(key), target, "text", std::move(sentence), [&target](std::string_view text) -> Result<void> {
             target = std::string(text);
             return {};
         }});
}

void Config::list(std::string key, std::vector<std::string>& target, std::string sentence, ListCheck check) {
    add({std::move(key), fmt::format("{}", fmt::join(target, ",")), "texts, separated by commas", std::move(sentence),
         [&target, check = std::move(check)](std::string_view text) -> Result<void> {
             auto parts = parts_of(text);
             if (check) TRY(check(parts));
             target = std::move(parts);
             return {};
         }});
}

Result<void> Config::set(std::string_view key, std::string_view text, const std::string& where) {
    auto found = std::ranges::find(settings_, key, &Setting::key);
    if (found == settings_.end())
        return Error{Kind::invalid, "config.unknown",
                     fmt::format("{}: there is no setting named \"{}\"; see `vitrine doctor --settings`.", where, key), where};
    if (auto done = found->set(text); !done) {
        const auto& words = done.error().message;
        return Error{Kind::invalid, "config.value",
                     fmt::format("{}: {} = {}: {}{}", where, key, text, words, words.ends_with('.') ? "" : "."), where};
    }
    return {};
}

Result<void> Config::load(const std::filesystem::path& file, bool file_required, const std::map<std::string, std::string>& environment) {
    std::error_code unreadable;  // a folder that we may not look into has no settings for us
    if (file_required || std::filesystem::exists(file, unreadable)) {
        std::vector<FileRow> rows;
        try {
            flatten(toml::parse_file(file.string()), "", rows);
        } catch (const toml::parse_error& error) {
            auto where = fmt::format("{}:{}", file.string(), error.source().begin.line);
            return Error{Kind::invalid, "config.syntax", fmt::format("{}: {}", where, error.description()), where};
        }
        for (const auto& [key, text, line] : rows) {
            auto where = fmt::format("{}:{}", file.string(), line);
            if (!text)
                return Error{Kind::invalid, "config.value",
                             fmt::format("{}: {} takes a text, a number, true or false, or texts in [].", where, key), where};
            TRY(set(key, *text, where));
        }
    }
    for (const auto& setting : settings_) {
        auto name = environment_name(setting.key);
        if (auto found = environment.find(name); found != environment.end()) TRY(set(setting.key, found->second, name));
    }
    return {};
}

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> map;
    for (char** entry = environ; entry && *entry; ++entry) {
        std::string_view line = *entry;
        auto equals = line.find('=');
        if (equals != std::string_view::npos) map.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return map;
}

}  // namespace vitrine
