#pragma once
// The letters a recogniser writes, and how its answer becomes text: CTC, decoded greedily.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "vision/runtime.hpp"

namespace vitrine::vision {

// One letter a class of the recogniser: class 0 is the blank, then the file's letters, then the space.
using Alphabet = std::vector<std::string>;

// From the metadata key `character` of an ONNX file, one letter a line. The weights are skipped, not read.
// Errors: vision.model_missing, vision.model_damaged.
Result<Alphabet> read_alphabet(const std::filesystem::path& onnx);

struct Reading {
    std::string text;
    double confidence = 0;  // mean over the letters; 0 when there is none
};

// `scores` holds one row of `alphabet.size()` probabilities a step from left to right. A letter is written where the
// best class changes and is not the blank. Any thread.
Reading read_steps(std::span<const float> scores, const Alphabet& alphabet);

}  // namespace vitrine::vision
