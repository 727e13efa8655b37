#include "photo/jail_walls.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

namespace vitrine::photo {
namespace {

// Whether `what` holds in a process of its own, behind the walls.
bool holds_behind_walls(const std::function<bool()>& what) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(!raise_walls(500'000'000) ? 2 : what() ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
bool fails_with(int number, long answer) {
    return answer < 0 && errno == number;
}

TEST(JailWalls, RefuseFiles) {
    EXPECT_TRUE(holds_behind_walls([] { return fails_with(EPERM, ::open("/etc/passwd", O_RDONLY)); }));
    EXPECT_TRUE(holds_behind_walls([] { return fails_with(EPERM, ::open("/tmp", O_RDWR | O_TMPFILE, 0600)); }));
    EXPECT_TRUE(holds_behind_walls([] { return fails_with(EPERM, ::unlink("/tmp/nothing")); }));
}

TEST(JailWalls, RefuseNetworks) {
    for (int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
        EXPECT_TRUE(holds_behind_walls([=] { return fails_with(EPERM, ::socket(family, SOCK_STREAM, 0)); })) << family;
}

TEST(JailWalls, RefuseOtherProcesses) {
    EXPECT_TRUE(holds_behind_walls([] { return fails_with(EPERM, ::fork()); }));
    EXPECT_TRUE(holds_behind_walls([] { return fails_with(EPERM, ::execl("/bin/true", "true", nullptr)); }));
    EXPECT_TRUE(holds_behind_walls([] { return fails_with(EPERM, ::kill(::getppid(), 0)); }));
    EXPECT_TRUE(holds_behind_walls([] { return fails_with(EPERM, ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }));
}

TEST(JailWalls, RefuseNewCode) {
    EXPECT_TRUE(holds_behind_walls(
        [] { return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EPERM; }));
    EXPECT_TRUE(holds_behind_walls([] {
        void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return page != MAP_FAILED && fails_with(EPERM, ::mprotect(page, 4096, PROT_READ | PROT_EXEC));
    }));
}

TEST(JailWalls, LetMemoryAndThreadsBeUsed) {
    EXPECT_TRUE(holds_behind_walls([] {
        std::vector<char> block(50'000'000, 1);
        std::jthread([&] { block[0] = 2; }).join();
        return block[0] == 2;
    }));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(JailWalls, BoundMemory) {
    EXPECT_TRUE(holds_behind_walls([] {
        return ::mmap(nullptr, 2'000'000'000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM;
    }));
}
#endif

}  // namespace
}  // namespace vitrine::photo
