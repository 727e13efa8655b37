#pragma once
// The task "text": what is written in the photo, line by line (findings.hpp: Text).
//
// Reading is the dearest of all tasks, so it goes from cheap to dear and stops where nothing comes of it: a glance at the
// photo made small; a close look where the glance saw something; a gate that leaves out boxes nobody could read; and the
// reader for the rest. Every number is that of PyPI `rapidocr` 3.10.0, so that both read the same (tools/ocr_compare).

#include <memory>

#include "vision/task.hpp"
#include "vision/text_detect.hpp"
#include "vision/text_gate.hpp"
#include "vision/text_read.hpp"

namespace vitrine::vision {

struct TextOptions {
    TextDetectOptions detect{};
    GateOptions gate{};
    TextReadOptions read{};
    double confidence_least = 0.5;  // of a line that counts
};

// Takes the pack's models text_detect, text_turn and text_read. Metrics: vitrine_text_photos_total{end=glance|close},
// vitrine_text_boxes_total{gate=...}. Errors: those of Opening::load and read_alphabet.
Result<std::unique_ptr<Task>> make_text(Opening&, const TextOptions& = {});

}  // namespace vitrine::vision
