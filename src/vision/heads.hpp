#pragma once
// The trained heads: small classifiers over the backbone's features, compiled into the program as ONNX with a card each.
// The contract with the training side is models/heads/README.md.

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/embedded.hpp"
#include "core/result.hpp"
#include "vision/backbone.hpp"
#include "vision/findings.hpp"

namespace vitrine::vision {

struct HeadCard {
    std::string name;
    std::string version;
    std::vector<std::string> labels;  // in the order of the logits
    double threshold = 1;             // the least probability at which it answers
    std::vector<std::string> inputs;  // "embedding_whole", "block15_centre"
    std::string sha256;               // of the ONNX file
};

// Errors: vision.head_card.
Result<HeadCard> parse_head_card(std::string_view json);
// The card NAME.json among the files, whatever folder it is in. Errors: vision.head_missing, vision.head_card.
Result<HeadCard> read_head_card(std::span<const EmbeddedFile> files, std::string_view name);

// The views that the inputs come from.
std::set<View> views_of(const HeadCard&);

class Head {
public:
    // Finds NAME.onnx and its card among the files, and checks that they belong together.
    // Errors: vision.head_missing, vision.head_card, those of Runtime::load_bytes.
    static Result<Head> open(Runtime&, std::span<const EmbeddedFile> files, std::string_view name);

    const HeadCard& card() const { return card_; }

    // A probability for each label. Any thread. Errors: vision.busy, vision.failed.
    Result<std::vector<double>> probabilities(const Features&) const;

private:
    Head(HeadCard card, Model model) : card_(std::move(card)), model_(std::move(model)) {}

    HeadCard card_;
    Model model_;
};

// The best five, and the first as the value when it reaches the threshold.
Choice choose(const std::vector<double>& probabilities, const std::vector<std::string>& labels, double threshold);

std::vector<double> softmax(std::span<const float> logits);

}  // namespace vitrine::vision
