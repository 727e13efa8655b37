#pragma once
// Inside this room only: what a decoding child may still do.

#include <cstdint>

#include "core/result.hpp"

namespace vitrine::photo {

// From here on this process, all its threads, may take memory, up to `memory_bytes_max` more than it has, and use the
// descriptors it holds; it can open nothing, start nothing, and reach nobody. Errors: photo.jail.
Result<void> raise_walls(std::uint64_t memory_bytes_max);

}  // namespace vitrine::photo
