#pragma once
// HEIC pictures are decoded by libavcodec instead of libheif's own choice, libde265, which takes about five times as long
// (docs/decisions/0005).

namespace vitrine::photo {

// Tells libheif of it, for the whole process. Called once, before the first HEIC is opened; false when libheif refuses.
bool use_hevc_decoder();

}  // namespace vitrine::photo
