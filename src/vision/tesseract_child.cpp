#include "vision/tesseract_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "core/descriptor.hpp"

namespace vitrine::vision {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int cannot_start = 127;  // exit status, as shells have it

Error failed(const Child& child, std::string_view how) {
    return {Kind::unavailable, "vision.child_failed", fmt::format("The program {} {}.", child.program.string(), how)};
}

bool write_all(int to, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(to, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return ::lseek(to, 0, SEEK_SET) == 0;
}

std::optional<std::string> read_all(int from) {
    const auto size = ::lseek(from, 0, SEEK_END);
    if (size < 0) return std::nullopt;
    std::string text(static_cast<std::size_t>(size), '\0');
    for (std::size_t done = 0; done < text.size();) {
        const auto read = ::pread(from, text.data() + done, text.size() - done, static_cast<off_t>(done));
        if (read < 0 && errno == EINTR) continue;
        if (read <= 0) return std::nullopt;
        done += static_cast<std::size_t>(read);
    }
    return text;
}

std::vector<char*> pointers(const std::vector<std::string>& texts, const char* first = nullptr) {
    std::vector<char*> all;
    if (first) all.push_back(const_cast<char*>(first));
    for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
    all.push_back(nullptr);
    return all;
}

void limit(__rlimit_resource what, rlim_t most) {
    const rlimit both{most, most};
    ::setrlimit(what, &both);
}

// Between fork and exec: only what is safe in a copy of one thread of many, so nothing here takes memory.
[[noreturn]] void become(const Child& child, char* const* arguments, char* const* environment, pid_t parent, int input, int output) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(cannot_start);  // it died before that was said
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    if (nowhere < 0 || ::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(nowhere, 2) < 0) ::_exit(cannot_start);
    ::close_range(3, ~0U, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, child.output_bytes_max);
    limit(RLIMIT_AS, child.memory_bytes_max);
    ::execve(arguments[0], arguments, environment);
    ::_exit(cannot_start);
}

// True: it ended by itself.
bool wait_for_end(int process, Clock::time_point end) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd ended{process, POLLIN, 0};
        const int seen = ::poll(&ended, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
        if (seen > 0) return true;
        if (seen < 0 && errno != EINTR) return false;
        if (seen == 0 && left <= 0) return false;
    }
}

}  // namespace

Result<std::string> run_child(const Child& child, std::span<const std::uint8_t> input) {
    const auto start = Clock::now();
    const Descriptor in(::memfd_create("vitrine-child-input", MFD_CLOEXEC)), out(::memfd_create("vitrine-child-output", MFD_CLOEXEC));
    if (in.number() < 0 || out.number() < 0 || !write_all(in.number(), input))
        return failed(child, fmt::format("could not be handed its input ({})", std::strerror(errno)));

    const auto program = child.program.string();
    const auto arguments = pointers(child.arguments, program.c_str());
    const auto environment = pointers(child.environment);
    const auto parent = ::getpid();
    const auto id = ::fork();
    if (id < 0) return failed(child, fmt::format("could not be started ({})", std::strerror(errno)));
    if (id == 0) become(child, arguments.data(), environment.data(), parent, in.number(), out.number());

    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));  // glibc 2.36 declares it for C only
    const bool in_time = process.number() >= 0 && wait_for_end(process.number(), start + child.time_max);
    if (!in_time) ::kill(id, SIGKILL);  // it is still ours: nobody else waits for it
    int status = 0;
    while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    if (!in_time) return failed(child, fmt::format("was stopped after {} ms", child.time_max.count()));
    if (WIFSIGNALED(status)) return failed(child, fmt::format("was ended by signal {}", WTERMSIG(status)));
    if (WEXITSTATUS(status) == cannot_start)
        return Error{Kind::unavailable, "vision.child_missing", fmt::format("The program {} could not be started.", program)};
    if (WEXITSTATUS(status) != 0) return failed(child, fmt::format("ended with status {}", WEXITSTATUS(status)));
    auto said = read_all(out.number());
    if (!said) return failed(child, "gave an answer that could not be read");
    return *std::move(said);
}

}  // namespace vitrine::vision
