#pragma once
// Time: RFC 3339 UTC outside, milliseconds since 1970 inside, and a clock that tests can set.

#include <chrono>
#include <string>
#include <string_view>

#include "core/guarded.hpp"
#include "core/result.hpp"

namespace vitrine {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Steady = std::chrono::steady_clock::time_point;

// `now` is for what people and rows see; `steady` is for leases, timeouts and durations (it never jumps). Any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
    virtual Steady steady() const = 0;
};

class SystemClock final : public Clock {
public:
    Time now() const override;
    Steady steady() const override;
};

// Stands still until a test moves it.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Time start = Time{std::chrono::hours{24 * 365 * 56}});
    Time now() const override;
    Steady steady() const override;
    void advance(std::chrono::milliseconds);

private:
    Guarded<std::chrono::milliseconds> passed_;
    Time start_;
};

// "2026-11-21T11:32:46.123Z"
std::string to_string(Time);
// Errors: time.malformed.
Result<Time> parse_time(std::string_view rfc3339);

}  // namespace vitrine
