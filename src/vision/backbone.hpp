#pragma once
// EfficientNet-Lite2, run once a view. What it gives feeds the embedding, the heads and the network's own classes.

#include <array>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "photo/picture.hpp"
#include "vision/runtime.hpp"
#include "vision/views.hpp"

namespace vitrine::vision {

// Of one view; empty when the view was not wanted.
struct ViewFeatures {
    std::vector<float> embedding;  // 1280, pooled, not normalised
    std::vector<float> logits;     // 1000, ImageNet
    std::vector<float> block15;    // 208 x 9 x 9, after the first block of the sixth stage
    std::vector<float> stage6;     // 208 x 9 x 9, before the last block
};

using Features = std::array<ViewFeatures, views.size()>;  // in the order of `views`

// L2-normalised.
std::vector<float> normalised(std::vector<float>);

class Backbone {
public:
    static LoadOptions load_options();
    // From the model loaded with these options; warms it. Each wanted view costs one inference a photo.
    // Errors: vision.model_old, when the pack was made by an older program; those of Model::warm.
    static Result<Backbone> open(Model, std::string version, std::vector<View> wanted);

    const std::string& version() const { return version_; }
    const std::vector<View>& wanted() const { return wanted_; }

    // Any thread. Errors: vision.busy, vision.failed.
    Result<Features> run(const photo::Picture&) const;
    // Of the whole view alone, which costs one inference, L2-normalised. Any thread. Errors: as run.
    Result<std::vector<float>> embedding(const photo::Picture&) const;

private:
    Backbone(Model model, std::string version, std::vector<View> wanted)
        : model_(std::move(model)), version_(std::move(version)), wanted_(std::move(wanted)) {}

    Model model_;
    std::string version_;
    std::vector<View> wanted_;
};

}  // namespace vitrine::vision
