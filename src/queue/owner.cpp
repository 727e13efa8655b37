#include "queue/owner.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

namespace vitrine::queue {
namespace {

struct Owner {
    std::string_view boot, space, process, start;
};

std::optional<Owner> parse(std::string_view text) {
    std::array<std::string_view, 4> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto slash = text.find('/');
        if ((slash == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
        parts[i] = text.substr(0, slash);
        if (slash != std::string_view::npos) text.remove_prefix(slash + 1);
    }
    return Owner{parts[0], parts[1], parts[2], parts[3]};
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

std::string pid_namespace() {
    std::array<char, 64> link{};
    auto length = ::readlink("/proc/self/ns/pid", link.data(), link.size());
    return length > 0 ? std::string(link.data(), static_cast<std::size_t>(length)) : std::string("pid");
}

// The 22nd field of /proc/PID/stat, in clock ticks since boot; none when there is no such process or it is a zombie.
// Fields are counted after the name, which may hold spaces and parentheses (proc(5)).
std::optional<std::string> start_of(std::string_view process) {
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    std::string line((std::istreambuf_iterator<char>(file)), {});
    auto name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::size_t at = name_end + 2;
    if (line.compare(at, 1, "Z") == 0 || line.compare(at, 1, "X") == 0) return std::nullopt;
    for (int field = 3; field < 22; ++field) {
        at = line.find(' ', at);
        if (at == std::string::npos) return std::nullopt;
        ++at;
    }
    return line.substr(at, line.find(' ', at) - at);
}

bool is_gone(const Owner& owner) {
    auto start = start_of(owner.process);
    if (start) return *start != owner.start;
    // Nothing to read: gone, or hidden from us (hidepid). Only the kernel's "no such process", or a zombie, counts.
    int id = 0;
    std::from_chars(owner.process.data(), owner.process.data() + owner.process.size(), id);
    return id > 0 && (::kill(id, 0) != 0 ? errno == ESRCH : ::access(fmt::format("/proc/{}/stat", id).c_str(), R_OK) == 0);
}

}  // namespace

std::string this_process() {
    auto process = std::to_string(::getpid());
    return fmt::format("{}/{}/{}/{}", boot_id(), pid_namespace(), process, start_of(process).value_or("0"));
}

bool lease_is_over(std::string_view owner, std::chrono::milliseconds until, std::string_view self, Steady now) {
    auto theirs = parse(owner), ours = parse(self);
    if (!theirs || !ours || theirs->boot != ours->boot) return true;
    if (until <= since_boot(now)) return true;
    return theirs->space == ours->space && owner != self && is_gone(*theirs);
}

bool is_same_boot(std::string_view owner, std::string_view self) {
    auto theirs = parse(owner), ours = parse(self);
    return theirs && ours && theirs->boot == ours->boot;
}

std::chrono::milliseconds since_boot(Steady now) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
}

}  // namespace vitrine::queue
