#pragma once
// A TensorFlow.js graph (model.json and its weights) as an OpenVINO model, for the operations that NanoDet uses.
// OpenVINO's own TensorFlow reader refuses this file. Weights may be float32, int32, or float16 that stands for float32.
//
// TensorFlow wants channels last, OpenVINO channels first, and the published graph (itself converted) turns the picture
// before and after every convolution. Turns are put off until something needs them, and nearly all cancel out.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/result.hpp"

namespace ov {
class Model;
}

namespace vitrine::vision {

// Inputs are the graph's placeholders; outputs are its Identity nodes that nothing reads, under their own names, in
// order of name.
// Errors: vision.pack_graph (Kind::corrupt), naming the node.
Result<std::shared_ptr<ov::Model>> build_tfjs(std::string_view model_json, std::span<const std::uint8_t> weights);

}  // namespace vitrine::vision
