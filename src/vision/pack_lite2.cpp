#include "vision/pack_lite2.hpp"

#include <fmt/format.h>

#include <cmath>
#include <openvino/core/model.hpp>
#include <openvino/opsets/opset13.hpp>

namespace vitrine::vision {
namespace {

namespace op = ov::opset13;
using Node = ov::Output<ov::Node>;

// A stage's first block has the stride; the later ones keep the size and add their input.
struct Stage {
    int blocks;
    std::size_t stride;
};
constexpr std::array stages{Stage{1, 1}, Stage{3, 2}, Stage{3, 2}, Stage{4, 2}, Stage{4, 1}, Stage{5, 2}, Stage{1, 1}};
// Where a deep and a shallow tuned tail may begin: the first and the last block of the sixth stage.
constexpr int block15_index = 15, stage6_index = 19;
constexpr double epsilon = 1e-3;

struct Builder {
    const std::map<std::string, StateTensor>& state;

    Result<const StateTensor*> tensor(const std::string& name, std::size_t sides) const {
        auto found = state.find(name);
        if (found == state.end() || found->second.shape.size() != sides)
            return Error{Kind::corrupt, "vision.pack_weights",
                         fmt::format("The weights lack the tensor {} or it has another shape.", name)};
        return &found->second;
    }

    // Convolution with its batch norm multiplied in, TensorFlow's SAME padding, and ReLU6 where asked.
    Result<Node> convolution(Node x, const std::string& name, const std::string& norm, std::size_t stride, bool relu6) const {
        const auto& weight = *TRY(tensor(name + ".weight", 4));
        const auto& gain = *TRY(tensor(norm + ".weight", 1));
        const auto& shift = *TRY(tensor(norm + ".bias", 1));
        const auto& mean = *TRY(tensor(norm + ".running_mean", 1));
        const auto& variance = *TRY(tensor(norm + ".running_var", 1));
        const auto outputs = static_cast<std::size_t>(weight.shape[0]);
        if (gain.values.size() != outputs || shift.values.size() != outputs || mean.values.size() != outputs ||
            variance.values.size() != outputs)
            return Error{Kind::corrupt, "vision.pack_weights", fmt::format("The weights of {} and {} do not fit together.", name, norm)};

        auto folded = weight.values;
        std::vector<float> bias(outputs);
        const auto per_output = folded.size() / outputs;
        for (std::size_t output = 0; output < outputs; ++output) {
            const double scale = gain.values[output] / std::sqrt(variance.values[output] + epsilon);
            for (std::size_t i = 0; i < per_output; ++i)
                folded[output * per_output + i] = static_cast<float>(folded[output * per_output + i] * scale);
            bias[output] = static_cast<float>(shift.values[output] - mean.values[output] * scale);
        }

        const ov::Shape kernel(weight.shape.begin(), weight.shape.end());
        const ov::Strides strides{stride, stride}, dilations{1, 1};
        const ov::CoordinateDiff no_pads{0, 0};
        Node y;
        if (kernel[1] == 1 && kernel[0] != 1 && x.get_partial_shape()[1] == static_cast<std::int64_t>(kernel[0])) {  // depthwise
            auto filters = op::Constant::create(ov::element::f32, {kernel[0], 1, 1, kernel[2], kernel[3]}, folded);
            y = std::make_shared<op::GroupConvolution>(x, filters, strides, no_pads, no_pads, dilations, ov::op::PadType::SAME_UPPER);
        } else {
            auto filters = op::Constant::create(ov::element::f32, kernel, folded);
            y = std::make_shared<op::Convolution>(x, filters, strides, no_pads, no_pads, dilations, ov::op::PadType::SAME_UPPER);
        }
        y = std::make_shared<op::Add>(y, op::Constant::create(ov::element::f32, {1, outputs, 1, 1}, bias));
        if (relu6) y = std::make_shared<op::Clamp>(y, 0.0, 6.0);
        return y;
    }

    // Inverted residual: expand 1x1, depthwise, project 1x1, plus the input where the shapes agree.
    Result<Node> block(Node x, int index, std::size_t stride) const {
        const auto name = fmt::format("_blocks.{}.", index);
        auto y = x;
        if (state.contains(name + "_expand_conv.weight")) y = TRY(convolution(y, name + "_expand_conv", name + "_bn0", 1, true));
        y = TRY(convolution(y, name + "_depthwise_conv", name + "_bn1", stride, true));
        y = TRY(convolution(y, name + "_project_conv", name + "_bn2", 1, false));
        if (stride == 1 && y.get_partial_shape()[1] == x.get_partial_shape()[1]) y = std::make_shared<op::Add>(x, y);
        return y;
    }
};

Node named(Node node, const char* name) {
    node.set_names({name});
    node.get_node()->set_friendly_name(name);
    return node;
}

}  // namespace

Result<std::shared_ptr<ov::Model>> build_lite2(const std::map<std::string, StateTensor>& state) {
    const Builder builder{state};
    auto picture = std::make_shared<op::Parameter>(ov::element::f32, ov::PartialShape{-1, 3, 260, 260});
    named(picture, "picture");

    auto x = TRY(builder.convolution(picture, "_conv_stem", "_bn0", 2, true));
    Node block15, stage6;
    int index = 0;
    for (const auto& stage : stages)
        for (int block = 0; block < stage.blocks; ++block, ++index) {
            x = TRY(builder.block(x, index, block == 0 ? stage.stride : 1));
            if (index == block15_index) block15 = x;
            if (index == stage6_index) stage6 = x;
        }
    x = TRY(builder.convolution(x, "_conv_head", "_bn1", 1, true));

    auto sides = op::Constant::create(ov::element::i64, {2}, {2, 3});
    Node embedding = std::make_shared<op::ReduceMean>(x, sides, false);
    const auto& weight = *TRY(builder.tensor("_fc.weight", 2));
    const auto& bias = *TRY(builder.tensor("_fc.bias", 1));
    auto classes = op::Constant::create(ov::element::f32, ov::Shape(weight.shape.begin(), weight.shape.end()), weight.values);
    Node logits = std::make_shared<op::MatMul>(embedding, classes, false, true);
    logits = std::make_shared<op::Add>(logits, op::Constant::create(ov::element::f32, {1, bias.values.size()}, bias.values));

    return std::make_shared<ov::Model>(
        ov::OutputVector{named(embedding, "embedding"), named(logits, "logits"), named(block15, "block15"), named(stage6, "stage6")},
        ov::ParameterVector{picture}, "lite2");
}

}  // namespace vitrine::vision
