#pragma once
// EfficientNet-Lite2, run once a view. What it gives feeds the embedding, the heads and the network's own classes.

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "photo/picture.hpp"
#include "vision/runtime.hpp"
#include "vision/views.hpp"

namespace vitrine::vision {

// Of one view.
struct ViewFeatures {
    std::vector<float> embedding;  // 1280, pooled, not normalised
    std::vector<float> logits;     // 1000, ImageNet
    std::vector<float> stage6;     // 208 x 9 x 9, when a head asked for it; else empty
};

using Features = std::array<ViewFeatures, views.size()>;  // in the order of `views`

class Backbone {
public:
    // Loads and warms. Errors: those of Runtime::load.
    static Result<Backbone> open(Runtime&, const std::filesystem::path& file, std::string version);

    // Also keep stage6; said before the first run.
    void keep_stage6() { keeps_stage6_ = true; }
    const std::string& version() const { return version_; }

    // Any thread. Errors: vision.busy, vision.failed.
    Result<Features> run(const photo::Picture&) const;

private:
    Backbone(Model model, std::string version) : model_(std::move(model)), version_(std::move(version)) {}

    Model model_;
    std::string version_;
    bool keeps_stage6_ = false;
};

}  // namespace vitrine::vision
