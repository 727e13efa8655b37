#include "core/log.hpp"

#include <spdlog/cfg/env.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <chrono>
#include <memory>

#include "core/clock.hpp"

namespace vitrine::log {
namespace {

thread_local std::string current_request;

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>("vitrine", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        spdlog::cfg::load_env_levels();  // SPDLOG_LEVEL=error, as our tests run; the program's own setting comes after it
        spdlog::initialize_logger(made);
        made->set_pattern("%v");
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum level_of(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
    }
    return "info";
}

}  // namespace

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!logger().should_log(level_of(level))) return;
    boost::json::object line;
    line["time"] = to_string(SystemClock{}.now());
    line["level"] = name_of(level);
    line["event"] = event;
    if (!current_request.empty()) line["request_id"] = current_request;
    for (const auto& [key, value] : fields) std::visit([&](const auto& v) { line[key] = v; }, value);
    logger().log(level_of(level), spdlog::string_view_t(boost::json::serialize(line)));
}

void failed(std::string_view event, const Error& error, Level level) {
    write(level, event,
          {{"kind", std::string(vitrine::name_of(error.kind))}, {"code", error.code}, {"message", error.message}, {"path", error.path}});
}

void set_level(Level level) {
    logger().set_level(level_of(level));
}

Context::Context(std::string request_id) : before_(std::exchange(current_request, std::move(request_id))) {}
Context::~Context() {
    current_request = std::move(before_);
}
const std::string& Context::request_id() {
    return current_request;
}

}  // namespace vitrine::log
