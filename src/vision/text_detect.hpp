#pragma once
// Finds lines of text in a photo: a glance at the photo made small, then a close look where that saw anything.

#include "vision/opening.hpp"
#include "vision/text_boxes.hpp"
#include "vision/text_windows.hpp"

namespace vitrine::vision {

struct TextDetectOptions {
    int glance_side = 352;  // shorter side of the photo made small; 0: no glance, always a close look at everything
    int close_side = 736;   // shorter side of the photo in a close look; the reference's limit
    bool windows = true;    // look closely only where the glance saw text
};

// Any thread.
class TextDetector {
public:
    // Errors: those of Opening::load.
    static Result<TextDetector> open(Opening&, const TextDetectOptions&);

    // Errors: those of Lease.
    Result<Glance> glance(const photo::Picture&) const;
    // Boxes in pixels of the picture, in reading order. Errors: those of Lease.
    Result<std::vector<TextBox>> look_closely(const photo::Picture&, const Glance&) const;

    const std::string& version() const { return version_; }

private:
    TextDetector(Model model, std::string version, const TextDetectOptions& options)
        : model_(std::move(model)), version_(std::move(version)), options_(options) {}

    Model model_;
    std::string version_;
    TextDetectOptions options_;
};

}  // namespace vitrine::vision
