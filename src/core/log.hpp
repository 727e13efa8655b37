#pragma once
// Log lines: one JSON object a line, to stderr. The event is a stable name; what varies goes into fields.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/error.hpp"

namespace vitrine::log {

enum class Level { debug, info, warn, error };

using Field = std::pair<std::string_view, std::variant<std::string, std::int64_t, double, bool>>;

// Any thread. Secrets and a person's texts are never fields.
void write(Level, std::string_view event, std::initializer_list<Field> fields = {});
inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::error, event, fields);
}
void failed(std::string_view event, const Error&, Level = Level::warn);

// What is below this level is not written. Default: info.
void set_level(Level);

// While it lives, every line of this thread carries the id of the request or job being served.
class Context {
public:
    explicit Context(std::string request_id);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    static const std::string& request_id();

private:
    std::string before_;
};

}  // namespace vitrine::log
