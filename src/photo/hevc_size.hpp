#pragma once
// The picture size that an HEVC stream itself declares, which is what its decoder allocates. A file may say another,
// smaller one in its boxes.

#include <optional>

#include "photo/bytes.hpp"

namespace vitrine::photo {

struct CodedSize {
    std::int64_t width = 0;
    std::int64_t height = 0;
};

// `hvcc` is the decoder configuration record (ISO/IEC 14496-15, section 8.3.3). The largest size among its sequence
// parameter sets; none when it holds none that can be read.
std::optional<CodedSize> hevc_size(Bytes hvcc);

}  // namespace vitrine::photo
