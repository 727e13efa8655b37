#pragma once
// Settings: each is a bound variable with a default, bounds and a sentence. Order of precedence:
// command-line flag > VITRINE_* environment > file (TOML) > default. A bad value stops the start and says which line.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace vitrine {

struct Setting {
    std::string key;  // "http.body_bytes_max"; the environment spells it VITRINE_HTTP_BODY_BYTES_MAX
    std::string default_text;
    std::string bounds;  // in words: "1 to 64"
    std::string sentence;
    std::function<Result<void>(std::string_view text)> set;
};

// Filled once by main, before any thread starts. The bound variables must outlive load().
class Config {
public:
    void whole(std::string key, std::int64_t& target, std::int64_t low, std::int64_t high, std::string sentence);
    void number(std::string key, double& target, double low, double high, std::string sentence);
    void toggle(std::string key, bool& target, std::string sentence);
    void text(std::string key, std::string& target, std::string sentence);
    // Several texts: an array in the file, separated by commas in the environment. `check` may refuse them.
    using ListCheck = std::function<Result<void>(const std::vector<std::string>&)>;
    void list(std::string key, std::vector<std::string>& target, std::string sentence, ListCheck check = {});

    // Reads the file (when it exists or `file_required`), then the environment.
    // Errors: config.unknown, config.value, config.syntax; `path` is "FILE:LINE" or the variable's name.
    Result<void> load(const std::filesystem::path& file, bool file_required, const std::map<std::string, std::string>& environment);

    // One setting, as a flag gives it. Errors: as load.
    Result<void> set(std::string_view key, std::string_view text, const std::string& where);

    const std::vector<Setting>& settings() const { return settings_; }

private:
    void add(Setting);
    std::vector<Setting> settings_;
};

// The process's environment as a map.
std::map<std::string, std::string> environment();

}  // namespace vitrine
