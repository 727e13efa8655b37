#include "vision/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)vitrine::vision::parse_manifest({reinterpret_cast<const char*>(data), size}).has_value();
    return 0;
}
