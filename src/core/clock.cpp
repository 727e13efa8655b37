#include "core/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cassert>
#include <cstdio>

namespace vitrine {

Time SystemClock::now() const {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}
Steady SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

ManualClock::ManualClock(Time start) : passed_(std::chrono::milliseconds{0}), start_(start) {}
Time ManualClock::now() const {
    return passed_.with([&](const auto& passed) { return start_ + passed; });
}
Steady ManualClock::steady() const {
    return passed_.with([](const auto& passed) { return Steady{} + passed; });
}
void ManualClock::advance(std::chrono::milliseconds by) {
    passed_.with([&](auto& passed) { passed += by; });
}

namespace {

// As we write it. Every answer has some, so they are written without fmt.
constexpr std::string_view pattern = "0000-00-00T00:00:00.000Z";

void write_digits(char* at, int digits, std::int64_t number) {
    for (; digits > 0; number /= 10) at[--digits] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string to_string(Time time) {
    auto days = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day date{days};
    std::chrono::hh_mm_ss clock{time - days};
    assert(date.year() >= std::chrono::year{0} && date.year() <= std::chrono::year{9999});  // RFC 3339 has no others
    std::string text(pattern);
    write_digits(&text[0], 4, static_cast<int>(date.year()));
    write_digits(&text[5], 2, static_cast<unsigned>(date.month()));
    write_digits(&text[8], 2, static_cast<unsigned>(date.day()));
    write_digits(&text[11], 2, clock.hours().count());
    write_digits(&text[14], 2, clock.minutes().count());
    write_digits(&text[17], 2, clock.seconds().count());
    write_digits(&text[20], 3, clock.subseconds().count());
    return text;
}

Result<Time> parse_time(std::string_view text) {
    const Error malformed{Kind::invalid, "time.malformed", fmt::format("\"{}\" is not a time; write it like 2026-11-21T11:32:46Z.", text)};
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, used = 0;
    double second = 0;
    std::string copy(text);
    if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%lf%n", &year, &month, &day, &hour, &minute, &second, &used) != 6) return malformed;
    std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(used));
    int offset_minutes = 0;
    if (rest != "Z" && rest != "z") {
        int hours = 0, minutes = 0;
        char sign = 0;
        if (std::sscanf(rest.data(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-')) return malformed;
        offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    }
    std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second >= 61) return malformed;
    return Time{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute - offset_minutes} +
           std::chrono::milliseconds{static_cast<long long>(second * 1000 + 0.5)};
}

}  // namespace vitrine
