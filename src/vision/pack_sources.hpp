#pragma once
// Where each default model comes from: the pinned packages, the file inside, and what becomes of it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vision/runtime.hpp"

namespace vitrine::vision {

enum class Registry { pypi, npm };

struct PackPackage {
    Registry registry = Registry::pypi;
    std::string_view name;
    std::string_view version;
    std::string_view file;  // as the registry names it
    std::string_view sha256;
    std::int64_t bytes = 0;
    std::string_view platform;  // of a wheel that holds machine code, which is not used: "manylinux2014_x86_64"
};

// What a model answers to an input that anyone can make again: input i is ((i * 7919) mod 2048) / 1024 - 1.
struct Probe {
    Shape input;
    std::string_view output;  // by name; empty: the first
    double mean = 0;          // of that output
    double deviation = 0;
};

enum class Making {
    as_is,  // the file is the model
    lite2,  // PyTorch weights -> EfficientNet-Lite2 (pack_lite2)
    tfjs,   // a TensorFlow.js graph and its weights (pack_tfjs)
};

struct PackSource {
    std::string_view name;     // of the model and its file
    std::string_view version;  // of the model, and after "+" of our conversion
    std::string_view task;
    const PackPackage* package = nullptr;
    std::vector<std::string_view> members;  // inside the package
    Making making = Making::as_is;
    std::string_view licence;
    std::string_view preprocessing;
    Probe probe;
};

std::span<const PackSource> default_sources();

// "PyPI rapidocr 3.10.0"
std::string title_of(const PackPackage&);

}  // namespace vitrine::vision
