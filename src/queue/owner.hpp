#pragma once
// Who holds a lease: a process of a boot of a host. A lease ends with the process or at its time on the steady clock,
// which no change of the wall clock moves.

#include <chrono>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace vitrine::queue {

// "boot/namespace/process/start": the kernel's boot id, the pid namespace, the process id, and when the process started,
// because ids are given again.
std::string this_process();

// Whether a lease of `owner` until `until` may be given to another at `now` (steady): its time is up, its boot is over,
// or its process, where it can be seen from here, is gone. `self` is this_process().
bool lease_is_over(std::string_view owner, std::chrono::milliseconds until, std::string_view self, Steady now);

// Whether both are of one boot of one host, whose clock and processes can be looked at. On a SQLite file all are, or were:
// another boot is over. On a server another boot may be another host, of whose leases only their standing still is seen.
bool is_same_boot(std::string_view owner, std::string_view self);

// The steady clock as it is stored.
std::chrono::milliseconds since_boot(Steady);

}  // namespace vitrine::queue
