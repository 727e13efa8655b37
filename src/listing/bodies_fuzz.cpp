// A person's corrections as JSON: what is read is written and read again as the same.
//   build/fuzz/bin/listing_bodies_fuzz src/listing/testdata/corpus/bodies
#include <cstdlib>

#include "core/json.hpp"
#include "listing/listing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vitrine;
    auto corrections = json::read_text<listing::Corrections>({reinterpret_cast<const char*>(data), size});
    if (!corrections) return 0;
    auto written = json::print(json::write(*corrections));
    auto again = json::read_text<listing::Corrections>(written);
    if (!again || json::print(json::write(*again)) != written) std::abort();
    return 0;
}
