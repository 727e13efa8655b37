#pragma once
// Inside this room only: what goes between the process that wants a photo decoded and the child that decodes it.
//
// Both hold one block of shared memory: the file, then the largest picture, then the working one, each at a place that
// follows from the limits. Over a socket goes one JSON text each way. The asking side believes nothing of the answer but
// pixels: sizes are checked against the room they have, and the memory cannot be made smaller. Pixels are used where they
// lie; a child that was taken over could change them meanwhile, and gain nothing that drawing them otherwise would not.

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "photo/picture.hpp"

namespace vitrine::photo {

// The child's descriptors.
inline constexpr int jail_socket = 3;
inline constexpr int jail_memory = 4;

inline constexpr std::size_t letter_bytes_max = 4096;

struct JailStart {  // the first; answered when the walls are up
    std::int64_t bytes_max = 0, pixels_max = 0, progressive_scans_max = 0;
};
BOOST_DESCRIBE_STRUCT(JailStart, (), (bytes_max, pixels_max, progressive_scans_max))

struct JailAsk {
    std::int64_t bytes = 0;  // of the file
};
BOOST_DESCRIBE_STRUCT(JailAsk, (), (bytes))

struct JailRefusal {  // an Error, or why there is no jail
    std::string code, message;
    bool passing = false;  // of Kind::unavailable; otherwise of Kind::invalid
};
BOOST_DESCRIBE_STRUCT(JailRefusal, (), (code, message, passing))

struct JailAnswer {
    std::optional<JailRefusal> refused;
    Format format = Format::jpeg;
    int width = 0, height = 0, turn = 1;  // the header
    int largest_width = 0, largest_height = 0;
    int working_width = 0, working_height = 0;
    bool working_is_largest = false;
    std::int64_t perceptual_hash = 0;  // its 64 bits
};
BOOST_DESCRIBE_STRUCT(JailAnswer, (),
                      (refused, format, width, height, turn, largest_width, largest_height, working_width, working_height,
                       working_is_largest, perceptual_hash))

// Where things lie in the shared memory, in bytes.
struct JailPlan {
    explicit JailPlan(const Limits& limits)
        : largest(pages(limits.bytes_max)),
          working(largest + pages(limits.pixels_max * 3)),
          end(working + pages(std::int64_t{working_side} * working_side * 3)) {}

    std::int64_t largest, working, end;

private:
    static std::int64_t pages(std::int64_t bytes) { return (bytes + 4095) / 4096 * 4096; }
};

}  // namespace vitrine::photo
