#include "photo/jail_walls.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <memory>

namespace vitrine::photo {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool maps_terabytes = true;  // the sanitizers' shadow of all memory
#else
constexpr bool maps_terabytes = false;
#endif

Error refused(std::string_view what, int number) {
    return {
        Kind::unavailable, "photo.jail",
        fmt::format("This system does not let a process be locked up for decoding ({}: {}). Mend that, or set photo.decoding = \"here\" to "
                    "decode photos unprotected.",
                    what, std::strerror(number))};
}

std::uint64_t address_space() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool limit(__rlimit_resource what, rlim_t most) {
    const rlimit both{most, most};
    return ::setrlimit(what, &both) == 0;
}

using Filter = std::unique_ptr<void, decltype([](void* filter) { seccomp_release(filter); })>;

// What memory, threads, time and the held descriptors need; whatever is not named fails with EPERM, as on a strict system.
int add_rules(scmp_filter_ctx filter) {
    for (int call : {SCMP_SYS(read),          SCMP_SYS(write),           SCMP_SYS(recvfrom),
                     SCMP_SYS(sendto),        SCMP_SYS(recvmsg),         SCMP_SYS(sendmsg),
                     SCMP_SYS(poll),          SCMP_SYS(ppoll),           SCMP_SYS(close),
                     SCMP_SYS(fstat),         SCMP_SYS(lseek),           SCMP_SYS(munmap),
                     SCMP_SYS(mremap),        SCMP_SYS(madvise),         SCMP_SYS(brk),
                     SCMP_SYS(futex),         SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
                     SCMP_SYS(membarrier),    SCMP_SYS(sched_yield),     SCMP_SYS(getrandom),
                     SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),    SCMP_SYS(clock_nanosleep),
                     SCMP_SYS(nanosleep),     SCMP_SYS(gettimeofday),    SCMP_SYS(time),
                     SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask),  SCMP_SYS(rt_sigreturn),
                     SCMP_SYS(sigaltstack),   SCMP_SYS(getpid),          SCMP_SYS(gettid),
                     SCMP_SYS(getcpu),        SCMP_SYS(alarm),           SCMP_SYS(sched_getaffinity),
                     SCMP_SYS(sysinfo),       SCMP_SYS(restart_syscall), SCMP_SYS(exit),
                     SCMP_SYS(exit_group)})
        if (int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0)) return failed;

    const auto allow_if = [&](int call, scmp_arg_cmp condition) { return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, condition); };
    // New code can be neither brought in nor made.
    if (int failed = allow_if(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))) return failed;
    if (int failed = allow_if(SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))) return failed;
    // Threads, which libheif decodes tiles with, but no processes. clone3 hides its flags from filters; glibc then takes clone.
    constexpr auto thread = static_cast<scmp_datum_t>(CLONE_VM | CLONE_THREAD);
    if (int failed = allow_if(SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread))) return failed;
    if (int failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)) return failed;
    if (int failed = allow_if(SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME))) return failed;
    if (int failed = allow_if(SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0))) return failed;          // only asking
    return allow_if(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid())));  // abort() of its own
}

}  // namespace

Result<void> raise_walls(std::uint64_t memory_bytes_max) {
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0)) return refused("limits", errno);
    if (!maps_terabytes && !limit(RLIMIT_AS, address_space() + memory_bytes_max)) return refused("limits", errno);
    if (::prctl(PR_SET_DUMPABLE, 0) != 0) return refused("dumpable", errno);

    const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter) return refused("seccomp", ENOMEM);
    if (int failed = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1)) return refused("seccomp", -failed);  // every thread
    if (int failed = add_rules(filter.get())) return refused("seccomp", -failed);
    if (int failed = seccomp_load(filter.get())) return refused("seccomp", -failed);
    return {};
}

}  // namespace vitrine::photo
