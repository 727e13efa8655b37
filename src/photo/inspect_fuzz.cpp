// Header readers against anything: `make fuzz`, or build/fuzz/bin/photo_inspect_fuzz src/photo/testdata/corpus/inspect.
#include "photo/photo.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto header = vitrine::photo::inspect({data, size});
    if (header && (header->width <= 0 || header->height <= 0 || header->turn < 1 || header->turn > 8)) __builtin_trap();
    return 0;
}
