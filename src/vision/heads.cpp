#include "vision/heads.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/json.hpp"
#include "vision/pack_disk.hpp"

namespace vitrine::vision {
namespace {

constexpr std::size_t top_count = 5;

Error wrong_card(std::string_view name, std::string_view what) {
    return Error{Kind::corrupt, "vision.head_card", fmt::format("The card of the trained head {} is wrong: {}.", name, what)};
}

Error missing(std::string_view name) {
    return Error{Kind::unavailable, "vision.head_missing",
                 fmt::format("The trained head {} is not in this program: it was built without models/heads.", name)};
}

const EmbeddedFile* find(std::span<const EmbeddedFile> files, std::string_view name, std::string_view ending) {
    const auto wanted = fmt::format("{}{}", name, ending);
    auto found =
        std::ranges::find_if(files, [&](const EmbeddedFile& file) { return file.path == wanted || file.path.ends_with("/" + wanted); });
    return found == files.end() ? nullptr : &*found;
}

// What an input takes: "block15_centre" is block15 of the view centre.
struct Source {
    View view;
    std::vector<float> ViewFeatures::*feature;
};
std::optional<Source> source_of(std::string_view input) {
    for (auto view : views) {
        const auto* name = view_names[static_cast<std::size_t>(view)];
        if (input == fmt::format("embedding_{}", name)) return Source{view, &ViewFeatures::embedding};
        if (input == fmt::format("block15_{}", name)) return Source{view, &ViewFeatures::block15};
        if (input == fmt::format("stage6_{}", name)) return Source{view, &ViewFeatures::stage6};
    }
    return std::nullopt;
}

}  // namespace

Result<HeadCard> parse_head_card(std::string_view text) {
    // The card also holds the training's own notes, so only what is needed is read.
    const auto tree = TRY(json::parse(text));
    const auto* object = tree.if_object();
    if (!object) return wrong_card("?", "it is no object");
    auto field = [&](const char* name) { return object->contains(name) ? object->at(name) : json::Value{}; };
    HeadCard card;
    card.name = TRY(json::read<std::string>(field("name"), "$.name"));
    card.version = TRY(json::read<std::string>(field("version"), "$.version"));
    card.labels = TRY(json::read<std::vector<std::string>>(field("labels"), "$.labels"));
    card.threshold = TRY(json::read<double>(field("threshold"), "$.threshold"));
    card.inputs = TRY(json::read<std::vector<std::string>>(field("inputs"), "$.inputs"));
    card.sha256 = TRY(json::read<std::string>(field("sha256"), "$.sha256"));
    if (card.labels.size() < 2) return wrong_card(card.name, "it has fewer than two labels");
    if (card.inputs.empty()) return wrong_card(card.name, "it takes no input");
    for (const auto& input : card.inputs)
        if (!source_of(input)) return wrong_card(card.name, fmt::format("the input {} is not known", input));
    if (!(card.threshold >= 0 && card.threshold <= 1)) return wrong_card(card.name, "its threshold is not from 0 to 1");
    return card;
}

Result<HeadCard> read_head_card(std::span<const EmbeddedFile> files, std::string_view name) {
    const auto* json = find(files, name, ".json");
    if (!json) return missing(name);
    auto card = TRY(parse_head_card(json->bytes));
    if (card.name != name) return wrong_card(name, "it is of another head");
    return card;
}

std::set<View> views_of(const HeadCard& card) {
    std::set<View> found;
    for (const auto& input : card.inputs) found.insert(source_of(input)->view);
    return found;
}

Result<Head> Head::open(Runtime& runtime, std::span<const EmbeddedFile> files, std::string_view name) {
    auto card = TRY(read_head_card(files, name));
    const auto* onnx = find(files, name, ".onnx");
    if (!onnx) return missing(name);
    if (sha256_of_bytes(onnx->bytes) != card.sha256) return wrong_card(name, "it belongs to another file");
    auto model = TRY(runtime.load_bytes(onnx->bytes, {.name = fmt::format("head.{}", name), .threads = 1, .full_precision = true}));
    TRY(model.warm());
    auto names = model.input_names();
    if (!std::ranges::is_permutation(names, card.inputs)) return wrong_card(name, "its inputs are not the network's");
    card.inputs = names;
    return Head(std::move(card), std::move(model));
}

Result<std::vector<double>> Head::probabilities(const Features& features) const {
    auto lease = TRY(model_.lease());
    for (std::size_t i = 0; i < card_.inputs.size(); ++i) {
        const auto source = *source_of(card_.inputs[i]);
        const auto& values = features[static_cast<std::size_t>(source.view)].*source.feature;
        auto input = lease.input(i);
        if (input.size() != values.size())
            return Error{Kind::internal, "vision.failed",
                         fmt::format("The trained head {} wants {} values as {}, not {}.", card_.name, input.size(), card_.inputs[i],
                                     values.size())};
        std::ranges::copy(values, input.begin());
    }
    TRY(lease.infer());
    auto probabilities = softmax(lease.output("logits").values);
    if (probabilities.size() != card_.labels.size()) return wrong_card(card_.name, "it has another number of labels than the network");
    return probabilities;
}

Choice choose(const std::vector<double>& probabilities, const std::vector<std::string>& labels, double threshold) {
    std::vector<std::size_t> order(probabilities.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto count = std::min(top_count, order.size());
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), std::greater{},
                              [&](std::size_t i) { return probabilities[i]; });
    Choice choice;
    for (std::size_t i = 0; i < count; ++i) choice.top.push_back({labels[order[i]], probabilities[order[i]]});
    choice.confidence = choice.top.empty() ? 0 : choice.top[0].p;
    if (!choice.top.empty() && choice.confidence >= threshold) choice.value = choice.top[0].name;
    return choice;
}

std::vector<double> softmax(std::span<const float> logits) {
    std::vector<double> shares(logits.begin(), logits.end());
    const double largest = shares.empty() ? 0 : *std::ranges::max_element(shares);
    double sum = 0;
    for (auto& share : shares) sum += share = std::exp(share - largest);
    for (auto& share : shares) share /= sum;
    return shares;
}

}  // namespace vitrine::vision
