#include "vision/tesseract_child.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "store/temporary.hpp"

namespace vitrine::vision {
namespace {

using namespace std::chrono_literals;

Child shell(std::string script) {
    return {"/bin/sh", {"-c", std::move(script)}};
}

std::span<const std::uint8_t> bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

pid_t number_in(const std::filesystem::path& file) {
    std::ifstream stream(file);
    pid_t number = 0;
    return stream >> number && stream.get() == '\n' ? number : 0;
}

bool runs(pid_t process) {  // one that nobody has waited for yet does not
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string number, name, state;
    return stat >> number >> name >> state && state != "Z" && state != "X";
}

template <class Condition>
bool becomes_true(Condition condition) {
    for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(5ms))
        if (condition()) return true;
    return false;
}

TEST(ChildProcess, Its_answer_is_what_it_wrote) {
    const std::string long_input(3'000'000, 'x');  // more than any pipe holds
    EXPECT_EQ(run_child({"/bin/cat"}, bytes(long_input)).value(), long_input);
    EXPECT_EQ(run_child(shell("echo said; echo aside >&2")).value(), "said\n");
}

TEST(ChildProcess, It_has_no_environment_and_no_files_of_ours) {
    const int ours = ::open("/dev/null", O_RDONLY);  // not closed by exec alone
    auto child = shell("echo $HOME-$GREETING; ls /proc/self/fd | wc -l");
    child.environment = {"GREETING=hello", "PATH=/usr/bin:/bin"};
    EXPECT_EQ(run_child(child).value(), "-hello\n4\n") << "0, 1, 2 and the folder that ls reads";
    ::close(ours);
}

TEST(ChildProcess, One_that_hangs_is_ended_when_its_time_is_up) {
    store::TemporaryFolder folder;
    auto child = shell("echo $$ > " + (folder / "id").string() + "; exec sleep 600");
    child.time_max = 500ms;
    const auto hung = run_child(child);
    ASSERT_FALSE(hung);
    EXPECT_EQ(hung.error().code, "vision.child_failed");
    EXPECT_NE(hung.error().message.find("500 ms"), std::string::npos) << hung.error().message;
    const auto id = number_in(folder / "id");
    EXPECT_TRUE(id == 0 || !runs(id)) << "0: it had not even begun";
}

TEST(ChildProcess, One_that_writes_too_much_is_ended) {
    auto child = shell("exec cat /dev/zero");
    child.output_bytes_max = 10'000;
    EXPECT_FALSE(run_child(child));
}

TEST(ChildProcess, One_that_takes_too_much_memory_fails_alone) {
    Child child{"/bin/dd", {"if=/dev/zero", "of=/dev/null", "bs=400M", "count=1"}};
    EXPECT_TRUE(run_child(child));
    child.memory_bytes_max = 200'000'000;
    EXPECT_FALSE(run_child(child));
}

TEST(ChildProcess, How_it_ended_is_said) {
    EXPECT_NE(run_child(shell("exit 3")).error().message.find("status 3"), std::string::npos);
    EXPECT_NE(run_child(shell("kill -SEGV $$")).error().message.find("signal 11"), std::string::npos);
    EXPECT_EQ(run_child({"/nowhere/tesseract"}).error().code, "vision.child_missing");
}

TEST(ChildProcess, It_dies_with_its_parent) {
    store::TemporaryFolder folder;
    const auto file = folder / "id";
    const auto child = shell("echo $$ > " + file.string() + "; exec sleep 600");
    const auto parent = ::fork();
    ASSERT_GE(parent, 0);
    if (parent == 0) {
        (void)run_child(child).has_value();
        ::_exit(0);
    }
    const bool started = becomes_true([&] { return number_in(file) != 0; });
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    ASSERT_TRUE(started);
    EXPECT_TRUE(becomes_true([&] { return !runs(number_in(file)); }));
}

}  // namespace
}  // namespace vitrine::vision
