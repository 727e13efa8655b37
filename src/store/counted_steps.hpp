#pragma once
// For tests of what a statement costs, in steps and not in time.

#include <sqlite3.h>

#include <atomic>
#include <cstdint>

namespace vitrine::store {

// Steps of SQLite's machine, of all statements of all connections opened while this lives.
class CountedSteps {
public:
    CountedSteps() { ::sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch)); }
    ~CountedSteps() { ::sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch)); }
    // Since this was last asked.
    static std::int64_t taken() { return steps.exchange(0); }

    CountedSteps(const CountedSteps&) = delete;
    CountedSteps& operator=(const CountedSteps&) = delete;

private:
    static int watch(sqlite3* connection, const char**, const void*) {
        return ::sqlite3_trace_v2(
            connection, SQLITE_TRACE_PROFILE,
            [](unsigned, void*, void* statement, void*) {
                steps += ::sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement), SQLITE_STMTSTATUS_VM_STEP, 1);
                return 0;
            },
            nullptr);
    }
    static inline std::atomic<std::int64_t> steps = 0;
};

}  // namespace vitrine::store
