#include "vision/backbone.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine::vision {
namespace {

constexpr std::int64_t side = 260;
constexpr std::array outputs{"embedding", "logits", "block15", "stage6"};

std::vector<float> copy(Floats from) {
    return {from.values.begin(), from.values.end()};
}

}  // namespace

std::vector<float> normalised(std::vector<float> vector) {
    double squares = 0;
    for (double value : vector) squares += value * value;
    const auto length = static_cast<float>(std::sqrt(squares));
    if (length > 0)
        for (auto& value : vector) value /= length;
    return vector;
}

LoadOptions Backbone::load_options() {
    return {.name = "lite2", .inputs = {{1, 3, side, side}}};
}

Result<Backbone> Backbone::open(Model model, std::string version, std::vector<View> wanted) {
    const auto names = model.output_names();
    for (const auto* output : outputs)
        if (std::ranges::find(names, output) == names.end())
            return Error{Kind::unavailable, "vision.model_old",
                         fmt::format("The model {} in the pack is of an older version, without {}. Run `vitrine models pull`.",
                                     model.name(), output)};
    TRY(model.warm());
    return Backbone(std::move(model), std::move(version), std::move(wanted));
}

Result<Features> Backbone::run(const photo::Picture& picture) const {
    // The views are cut before the model is leased: others may use it meanwhile.
    std::vector<photo::Picture> pictures;
    for (auto how : wanted_) pictures.push_back(view(picture, how, side));
    Features features;
    auto lease = TRY(model_.lease());
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
        write_planes(pictures[i], Channels::rgb, {127, 127, 127}, {1 / 128.0f, 1 / 128.0f, 1 / 128.0f}, lease.input());
        TRY(lease.infer());
        features[static_cast<std::size_t>(wanted_[i])] = {copy(lease.output("embedding")), copy(lease.output("logits")),
                                                          copy(lease.output("block15")), copy(lease.output("stage6"))};
    }
    return features;
}

Result<std::vector<float>> Backbone::embedding(const photo::Picture& picture) const {
    const auto whole = view(picture, View::whole, side);
    auto lease = TRY(model_.lease());
    write_planes(whole, Channels::rgb, {127, 127, 127}, {1 / 128.0f, 1 / 128.0f, 1 / 128.0f}, lease.input());
    TRY(lease.infer());
    return normalised(copy(lease.output("embedding")));
}

}  // namespace vitrine::vision
