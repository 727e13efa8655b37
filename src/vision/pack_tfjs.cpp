#include "vision/pack_tfjs.hpp"

#include <cstring>
#include <numeric>
#include <openvino/core/model.hpp>
#include <openvino/opsets/opset13.hpp>
#include <set>

#include "core/json.hpp"

namespace vitrine::vision {
namespace {

namespace op = ov::opset13;
using Node = ov::Output<ov::Node>;
using Order = std::vector<std::int64_t>;

const Order channels_first{0, 3, 1, 2}, channels_last{0, 2, 3, 1};

// What a graph node gives: `node` turned by `order`, where an empty order is no turn.
struct Value {
    Node node;
    Order order;
};

// First `inner`, then `outer`.
Order turn(const Order& inner, const Order& outer) {
    if (inner.empty() || outer.empty()) return inner.empty() ? outer : inner;
    Order both;
    for (auto side : outer) both.push_back(inner.at(static_cast<std::size_t>(side)));
    Order none(both.size());
    std::iota(none.begin(), none.end(), 0);
    return both == none ? Order{} : both;
}

Node whole_numbers(const std::vector<std::int64_t>& numbers) {
    return op::Constant::create(ov::element::i64, {numbers.size()}, numbers);
}

Node turned(const Value& value, const Order& by = {}) {
    auto order = turn(value.order, by);
    return order.empty() ? value.node : Node(std::make_shared<op::Transpose>(value.node, whole_numbers(order)));
}

// A constant's values, as whole numbers and as it is.
struct Weight {
    ov::Shape shape;
    std::vector<float> floats;
    std::vector<std::int64_t> wholes;  // of an int32 weight
};

class Converter {
public:
    Converter(const json::Object& graph, std::map<std::string, Weight> weights) : graph_(graph), weights_(std::move(weights)) {}

    std::shared_ptr<ov::Model> convert() {
        std::set<std::string> read;
        for (const auto& node : graph_.at("node").as_array()) {
            at_ = node.at("name").as_string();
            inputs_.clear();
            if (const auto* inputs = node.as_object().if_contains("input"))
                for (const auto& input : inputs->as_array()) inputs_.emplace_back(input.as_string());
            read.insert(inputs_.begin(), inputs_.end());
            attributes_ = node.as_object().if_contains("attr");
            add(node.at("op").as_string());
        }
        ov::OutputVector outputs;
        for (auto& [name, value] : identities_) {
            if (read.contains(name)) continue;
            auto node = turned(value);
            if (node.get_node_shared_ptr() == value.node.get_node_shared_ptr())
                node = std::make_shared<op::Reshape>(node, std::make_shared<op::ShapeOf>(node), false);
            node.set_names({name});
            outputs.push_back(node);
        }
        return std::make_shared<ov::Model>(outputs, parameters_, "tfjs");
    }

    const std::string& at() const { return at_; }

private:
    void add(std::string_view operation) {
        if (operation == "Const") return;
        if (operation == "SparseToDense") return;  // adds zero to a reshape's target: AddV2 below leaves it out
        values_[at_] = operation == "Placeholder"                                 ? placeholder()
                       : operation == "AddV2" && weights_.contains(inputs_.at(0)) ? Value{whole_numbers(weight(0).wholes), {}}
                       : operation == "Add" || operation == "AddV2"               ? sum()
                       : operation == "Conv2D"                                    ? convolution()
                       : operation == "MaxPool"                                   ? max_pool()
                       : operation == "ResizeBilinear"                            ? resize()
                       : operation == "Pad"                                       ? pad(0.0f)
                       : operation == "PadV2"                                     ? pad(weight(2).floats.at(0))
                       : operation == "Transpose" ? Value{value(0).node, turn(value(0).order, weight(1).wholes)}
                       : operation == "ConcatV2"  ? concat()
                       : operation == "SplitV"    ? split()
                       : operation == "Reshape"   ? Value{std::make_shared<op::Reshape>(turned(value(0)), target(1), false), {}}
                       : operation == "LeakyRelu" ? Value{leaky_relu(), value(0).order}
                       : operation == "Sigmoid"   ? Value{std::make_shared<op::Sigmoid>(value(0).node), value(0).order}
                       : operation == "Identity"  ? identity()
                                                  : throw std::runtime_error(fmt::format("the operation {} is not known", operation));
    }

    const Value& value(std::size_t input) const { return values_.at(inputs_.at(input)); }
    const Weight& weight(std::size_t input) const { return weights_.at(inputs_.at(input)); }
    const json::Value& attribute(const char* name) const {
        if (!attributes_) throw std::runtime_error("it has no attributes");
        return attributes_->at(name);
    }

    ov::Strides along_picture(const char* name) const {  // [1, down, right, 1]
        const auto& list = attribute(name).at("list").at("i").as_array();
        return {std::stoul(std::string(list.at(1).as_string())), std::stoul(std::string(list.at(2).as_string()))};
    }
    void require_no_padding() const {
        if (attribute("padding").at("s").as_string() != "VkFMSUQ=") throw std::runtime_error("only VALID padding is known");  // base64
    }

    Value placeholder() {
        ov::PartialShape shape;
        for (const auto& side : attribute("shape").at("shape").at("dim").as_array())
            shape.push_back(std::stol(std::string(side.at("size").as_string())));
        auto parameter = std::make_shared<op::Parameter>(ov::element::f32, shape);
        parameter->output(0).set_names({at_});
        parameters_.push_back(parameter);
        return {parameter, {}};
    }

    Value sum() {
        const auto& left = value(0);
        if (weights_.contains(inputs_.at(1))) {  // a bias, one a channel, channels last
            const auto& bias = weight(1);
            if (left.order == channels_last)
                return {std::make_shared<op::Add>(left.node,
                                                  op::Constant::create(ov::element::f32, {1, bias.floats.size(), 1, 1}, bias.floats)),
                        left.order};
            return {std::make_shared<op::Add>(turned(left), op::Constant::create(ov::element::f32, bias.shape, bias.floats)), {}};
        }
        if (left.order == value(1).order) return {std::make_shared<op::Add>(left.node, value(1).node), left.order};
        return {std::make_shared<op::Add>(turned(left), turned(value(1))), {}};
    }

    Value convolution() {
        require_no_padding();
        const auto& kernel = weight(1);  // height, width, in, out
        const auto ins = kernel.shape.at(2), outs = kernel.shape.at(3), places = kernel.shape[0] * kernel.shape[1];
        std::vector<float> by_output(kernel.floats.size());
        for (std::size_t place = 0; place < places; ++place)
            for (std::size_t in = 0; in < ins; ++in)
                for (std::size_t out = 0; out < outs; ++out)
                    by_output[(out * ins + in) * places + place] = kernel.floats[(place * ins + in) * outs + out];
        auto filters = op::Constant::create(ov::element::f32, {outs, ins, kernel.shape[0], kernel.shape[1]}, by_output);
        const ov::CoordinateDiff none{0, 0};
        return {std::make_shared<op::Convolution>(turned(value(0), channels_first), filters, along_picture("strides"), none, none,
                                                  ov::Strides{1, 1}),
                channels_last};
    }

    Value max_pool() {
        require_no_padding();
        const auto side = along_picture("ksize");
        Node pooled = std::make_shared<op::MaxPool>(turned(value(0), channels_first), along_picture("strides"), ov::Strides{1, 1},
                                                    ov::Shape{0, 0}, ov::Shape{0, 0}, ov::Shape(side.begin(), side.end()))
                          ->output(0);
        return {pooled, channels_last};
    }

    Value resize() {
        op::Interpolate::InterpolateAttrs how;
        how.mode = op::Interpolate::InterpolateMode::LINEAR_ONNX;
        how.shape_calculation_mode = op::Interpolate::ShapeCalcMode::SIZES;
        how.coordinate_transformation_mode = op::Interpolate::CoordinateTransformMode::HALF_PIXEL;
        return {std::make_shared<op::Interpolate>(turned(value(0), channels_first), whole_numbers(weight(1).wholes), whole_numbers({2, 3}),
                                                  how),
                channels_last};
    }

    Value pad(float with) {
        const auto& around = weight(1).wholes;  // before and after, for each side
        std::vector<std::int64_t> before, after;
        for (std::size_t side = 0; side + 1 < around.size(); side += 2) before.push_back(around[side]), after.push_back(around[side + 1]);
        auto filling = op::Constant::create(ov::element::f32, {}, {with});
        return {
            std::make_shared<op::Pad>(turned(value(0)), whole_numbers(before), whole_numbers(after), filling, ov::op::PadMode::CONSTANT),
            {}};
    }

    Value concat() {
        ov::OutputVector parts;
        for (std::size_t part = 0; part + 1 < inputs_.size(); ++part) parts.push_back(turned(value(part)));
        return {std::make_shared<op::Concat>(parts, weight(inputs_.size() - 1).wholes.at(0)), {}};
    }

    Value split() {
        auto parts =
            std::make_shared<op::VariadicSplit>(turned(value(0)), whole_numbers({weight(2).wholes.at(0)}), whole_numbers(weight(1).wholes));
        for (std::size_t part = 1; part < parts->get_output_size(); ++part)
            values_[fmt::format("{}:{}", at_, part)] = {parts->output(part), {}};
        return {parts->output(0), {}};
    }

    Node target(std::size_t input) const {
        if (weights_.contains(inputs_.at(input))) return whole_numbers(weight(input).wholes);
        return value(input).node;
    }

    Node leaky_relu() const {
        auto slope = static_cast<float>(attribute("alpha").at("f").to_number<double>());
        return std::make_shared<op::PRelu>(value(0).node, op::Constant::create(ov::element::f32, {1}, {slope}));
    }

    Value identity() {
        identities_[at_] = value(0);
        return value(0);
    }

    const json::Object& graph_;
    std::map<std::string, Weight> weights_;
    std::map<std::string, Value> values_;
    std::map<std::string, Value> identities_;
    ov::ParameterVector parameters_;
    std::string at_ = "the graph";
    std::vector<std::string> inputs_;
    const json::Value* attributes_ = nullptr;
};

// The manifest lists the weights in the order of their bytes.
std::map<std::string, Weight> read_weights(const json::Value& manifest, std::span<const std::uint8_t> bytes) {
    std::map<std::string, Weight> weights;
    std::size_t at = 0;
    for (const auto& entry : manifest.at(0).at("weights").as_array()) {
        Weight weight;
        for (const auto& side : entry.at("shape").as_array()) weight.shape.push_back(side.to_number<std::size_t>());
        const auto count = ov::shape_size(weight.shape);
        const auto* quantization = entry.as_object().if_contains("quantization");
        const bool whole = entry.at("dtype").as_string() == "int32";
        const bool half = quantization && quantization->at("dtype").as_string() == "float16";
        if ((!whole && entry.at("dtype").as_string() != "float32") || (quantization && !half))
            throw std::runtime_error("a weight has a type that is not known");
        const std::size_t width = half ? 2 : 4;
        if (count > (bytes.size() - at) / width) throw std::runtime_error("the weights end early");
        for (std::size_t i = 0; i < count; ++i, at += width) {
            std::uint32_t raw = 0;
            std::memcpy(&raw, bytes.data() + at, width);
            if (whole)
                weight.wholes.push_back(static_cast<std::int32_t>(raw));
            else if (half)
                weight.floats.push_back(ov::float16::from_bits(static_cast<std::uint16_t>(raw)));
            else
                weight.floats.push_back(std::bit_cast<float>(raw));
        }
        weights[std::string(entry.at("name").as_string())] = std::move(weight);
    }
    return weights;
}

}  // namespace

Result<std::shared_ptr<ov::Model>> build_tfjs(std::string_view model_json, std::span<const std::uint8_t> weights) {
    auto model = TRY(json::parse(model_json));
    std::string at = "the file";
    try {
        Converter converter(model.at("modelTopology").as_object(), read_weights(model.at("weightsManifest"), weights));
        try {
            return converter.convert();
        } catch (const std::exception&) {
            at = fmt::format("the node {}", converter.at());
            throw;
        }
    } catch (const std::exception& failure) {
        return Error{Kind::corrupt, "vision.pack_graph", fmt::format("The network cannot be converted at {}: {}.", at, failure.what())};
    }
}

}  // namespace vitrine::vision
