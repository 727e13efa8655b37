#pragma once
// Runs a program that is not ours to trust with this process: for a bounded time, in bounded memory, without a shell,
// without our environment and without our files, and never longer than we live ourselves.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace vitrine::vision {

struct Child {
    std::filesystem::path program;  // the file itself: no search path
    std::vector<std::string> arguments{};
    std::vector<std::string> environment{};  // "NAME=value": all it gets
    std::chrono::milliseconds time_max{30'000};
    std::uint64_t output_bytes_max = 4'000'000;  // also of any file it writes
    std::uint64_t memory_bytes_max = 2'000'000'000;
};

// What it wrote to stdout when it ended well. `input` is its stdin, in memory: nothing is written to a disk. Waits; any thread.
// It is killed when its time is up, and by the kernel when the calling thread ends, as with kill -9 of this process.
// Errors: vision.child_missing (it cannot be started), vision.child_failed (with how it ended, or that it was too slow).
Result<std::string> run_child(const Child&, std::span<const std::uint8_t> input = {});

}  // namespace vitrine::vision
