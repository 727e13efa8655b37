#include "vision/pack_pickle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)vitrine::vision::read_state_dict({data, size}).has_value();
    return 0;
}
