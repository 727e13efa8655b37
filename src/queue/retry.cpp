#include "queue/retry.hpp"

#include <algorithm>

namespace vitrine::queue {

bool is_retried(Kind kind) {
    switch (kind) {
        case Kind::unavailable:  // a disk, a network or another process: that passes
        case Kind::limit:        // somebody asked for patience
        case Kind::conflict:     // the row moved under the handler; the next try reads it anew
        case Kind::internal:     // not understood, so perhaps it passes; the attempts are counted
            return true;
        case Kind::invalid:    // the same input is refused again
        case Kind::not_found:  // what is gone does not come back
        case Kind::denied:     // a person has to act
        case Kind::corrupt:    // the same bytes are read again
            return false;
    }
    return false;
}

std::chrono::milliseconds backoff(int attempt, double chance) {
    constexpr std::chrono::milliseconds first{1'000}, longest{600'000};
    auto doublings = std::clamp(attempt - 1, 0, 20);
    auto ceiling = std::min(longest, first * (1 << doublings));
    return std::max(std::chrono::milliseconds{1},
                    std::chrono::milliseconds{static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * chance)});
}

}  // namespace vitrine::queue
