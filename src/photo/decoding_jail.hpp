#pragma once
// Decoding where a hostile photo can do no harm. The code that reads strangers' JPEG, PNG, WebP, HEIC and AVIF is large and
// has had holes, so it runs in child processes that hold one photo and nothing else: a new program image, so no keys and
// no database in its memory; no descriptors but a socket to us and shared memory; and a filter (seccomp) that refuses
// files, networks, programs and other processes. A child that crashes takes its photo with it, and nothing else.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "photo/picture.hpp"

namespace vitrine::photo {

// What the child does instead of being the program it was started from, until its parent is gone. Before it, main has done
// nothing.
[[noreturn]] void decode_in_jail();

struct JailOptions {
    std::filesystem::path program;  // started with these arguments, it calls decode_in_jail
    std::vector<std::string> arguments{};
    Limits limits{};
    int children_max = 2;  // at the same time; who comes then waits
    std::chrono::milliseconds time_max{60'000};
};

// Any thread. Children stay for the next photo, and end with this object or its process.
class DecodingJail {
public:
    explicit DecodingJail(JailOptions);
    ~DecodingJail();

    // Has a child ready, so that the first photo need not wait for one. Errors: photo.jail (this system has no jail),
    // photo.jail_not_ready (a child was too slow, or died at its start; the next may not).
    Result<void> warm();

    // As decode(), at about the same speed; the pixels lie in the child's memory, so the child is taken, and this object must
    // be there, until they go. Errors also: those of warm (Kind::unavailable),
    // photo.decoder_died (two children in a row: Kind::invalid, or Kind::unavailable when they were killed from outside),
    // photo.too_slow.
    Result<Decoded> decode(std::span<const std::uint8_t> file);

    // The processes that wait for a photo now.
    std::vector<int> children() const;

private:
    class Child;
    class Loan;

    const JailOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Child>> free_;  // by mutex_
    int lent_ = 0;                              // by mutex_
};

}  // namespace vitrine::photo
