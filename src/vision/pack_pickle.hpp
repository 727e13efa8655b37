#pragma once
// Reads the tensors of a PyTorch state dict in its legacy file format (before 1.6), without PyTorch and without running
// anything: a pickle is a program, and this reader knows only the steps that such a file needs. Any other step, any
// class besides OrderedDict, tensor and storage, and any number that points outside the file is an error.
//
// The file is four pickles (magic, protocol, system, state dict), a pickled list of storage keys, then for each key an
// int64 count and the raw values. A tensor is a view of a storage by offset, sizes and strides; the strides matter: the
// published EfficientNet-Lite weights are permuted from TensorFlow, and a plain reshape gives a net that runs and knows
// nothing.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace vitrine::vision {

struct StateTensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;  // row-major, whatever the strides were
};

// The float tensors by name; integer ones (counters of the training) are left out.
// Errors: vision.pack_pickle (Kind::corrupt), with what was found and at which byte.
Result<std::map<std::string, StateTensor>> read_state_dict(std::span<const std::uint8_t> file);

}  // namespace vitrine::vision
