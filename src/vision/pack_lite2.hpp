#pragma once
// EfficientNet-Lite2 as an OpenVINO model, built from the published PyTorch weights.
//
//   input   picture    [n, 3, 260, 260]  RGB, (x - 127) / 128
//   outputs embedding  [n, 1280]         the pooled features, not normalised
//           logits     [n, 1000]         ImageNet-1k
//           block15    [n, 208, 9, 9]    what block 15 of 0..20 gives: where a deep fine-tuned tail begins
//           stage6     [n, 208, 9, 9]    what block 19 gives: where a shallow one begins

#include <map>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "vision/pack_pickle.hpp"

namespace ov {
class Model;
}

namespace vitrine::vision {

// Errors: vision.pack_weights, when a tensor is missing or has another shape.
Result<std::shared_ptr<ov::Model>> build_lite2(const std::map<std::string, StateTensor>& state);

}  // namespace vitrine::vision
