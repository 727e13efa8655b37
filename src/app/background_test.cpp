#include "app/background.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace vitrine::app {
namespace {

int niceness() {
    return ::getpriority(PRIO_PROCESS, 0);
}

TEST(Background, work_and_the_threads_it_starts_stand_back_and_the_caller_does_not) {
    int before = niceness(), inside = before, below = before;
    std::jthread started;
    in_background([&] {
        inside = niceness();
        started = std::jthread([&] { below = niceness(); });
    });
    started.join();
    EXPECT_EQ(niceness(), before);
    EXPECT_EQ(inside, std::min(19, before + 10));
    EXPECT_EQ(below, inside);
}

TEST(Background, what_escapes_the_work_reaches_the_caller) {
    EXPECT_THROW(in_background([] { throw std::runtime_error("no"); }), std::runtime_error);
}

}  // namespace
}  // namespace vitrine::app
