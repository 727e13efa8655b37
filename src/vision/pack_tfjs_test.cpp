#include "vision/pack_tfjs.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <openvino/openvino.hpp>

namespace vitrine::vision {
namespace {

// A graph written down as TensorFlow.js writes it, for answers that can be worked out by hand.
struct Graph {
    std::vector<std::string> nodes, entries;
    std::vector<std::uint8_t> bytes;

    Graph& node(std::string_view name, std::string_view operation, std::string_view inputs = "", std::string_view attributes = "") {
        nodes.push_back(fmt::format(R"({{"name":"{}","op":"{}","input":[{}],"attr":{{{}}}}})", name, operation, inputs, attributes));
        return *this;
    }
    Graph& picture(std::string_view shape) {
        return node("picture", "Placeholder", "", fmt::format(R"("shape":{{"shape":{{"dim":[{}]}}}})", shape));
    }
    template <class T>
    Graph& weight(std::string_view name, std::string_view shape, std::vector<T> values, std::string_view type, std::string_view more = "") {
        node(name, "Const");
        entries.push_back(fmt::format(R"({{"name":"{}","shape":[{}],"dtype":"{}"{}}})", name, shape, type, more));
        const auto* begin = reinterpret_cast<const std::uint8_t*>(values.data());
        bytes.insert(bytes.end(), begin, begin + values.size() * sizeof(T));
        return *this;
    }
    Graph& floats(std::string_view name, std::string_view shape, std::vector<float> values) {
        return weight(name, shape, std::move(values), "float32");
    }
    Graph& wholes(std::string_view name, std::vector<std::int32_t> values) {
        const auto shape = fmt::format("{}", values.size());
        return weight(name, shape, std::move(values), "int32");
    }

    std::string json() const {
        return fmt::format(R"({{"modelTopology":{{"node":[{}]}},"weightsManifest":[{{"weights":[{}]}}]}})", fmt::join(nodes, ","),
                           fmt::join(entries, ","));
    }
    auto build() const { return build_tfjs(json(), bytes); }

    // The outputs of one inference, in order.
    std::vector<std::vector<float>> run(const ov::Shape& shape, std::vector<float> values) const {
        static ov::Core core;
        auto request = core.compile_model(build().value(), "CPU", ov::hint::inference_precision(ov::element::f32)).create_infer_request();
        request.set_input_tensor(ov::Tensor(ov::element::f32, shape, values.data()));
        request.infer();
        std::vector<std::vector<float>> outputs;
        for (const auto& output : request.get_compiled_model().outputs()) {
            const auto tensor = request.get_tensor(output);
            outputs.emplace_back(tensor.data<const float>(), tensor.data<const float>() + tensor.get_size());
        }
        return outputs;
    }
};

constexpr std::string_view one_by_two_by_two = R"({"size":"1"},{"size":"2"},{"size":"2"},{"size":"1"})";
constexpr std::string_view valid = R"("padding":{"s":"VkFMSUQ="})";
constexpr std::string_view step_one = R"("strides":{"list":{"i":["1","1","1","1"]}})";

TEST(Tfjs, A_convolution_s_kernel_is_height_width_in_out_and_its_bias_one_a_channel) {
    Graph graph;
    graph.picture(one_by_two_by_two)
        .floats("kernel", "2,2,1,2", {1, 1, 1, 10, 1, 100, 1, 1000})
        .floats("bias", "2", {0.5f, -1})
        .node("conv", "Conv2D", R"("picture","kernel")", fmt::format("{},{}", valid, step_one))
        .node("sum", "AddV2", R"("conv","bias")")
        .node("Identity", "Identity", R"("sum")");
    EXPECT_EQ(graph.run({1, 2, 2, 1}, {1, 2, 3, 4}), (std::vector<std::vector<float>>{{10.5f, 4320}}));
}

TEST(Tfjs, Answers_have_their_channels_last_as_published) {
    Graph graph;  // a pixel becomes (itself, ten times itself)
    graph.picture(one_by_two_by_two)
        .floats("kernel", "1,1,1,2", {1, 10})
        .node("conv", "Conv2D", R"("picture","kernel")", fmt::format("{},{}", valid, step_one))
        .node("Identity", "Identity", R"("conv")");
    EXPECT_EQ(graph.run({1, 2, 2, 1}, {1, 2, 3, 4}), (std::vector<std::vector<float>>{{1, 10, 2, 20, 3, 30, 4, 40}}));
}

TEST(Tfjs, Turns_are_done_where_something_needs_them_and_cancel_where_nothing_does) {
    Graph graph;  // [1, 1, 2, 3]: channels first gives the columns, and back again the rows
    graph.picture(R"({"size":"1"},{"size":"1"},{"size":"2"},{"size":"3"})")
        .wholes("first", {0, 3, 1, 2})
        .wholes("last", {0, 2, 3, 1})
        .node("turned", "Transpose", R"("picture","first")")
        .node("back", "Transpose", R"("turned","last")")
        .node("Identity", "Identity", R"("turned")")
        .node("Identity_1", "Identity", R"("back")");
    EXPECT_EQ(graph.run({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}), (std::vector<std::vector<float>>{{1, 4, 2, 5, 3, 6}, {1, 2, 3, 4, 5, 6}}));
    std::size_t turns = 0;
    for (const auto& node : graph.build().value()->get_ops()) turns += std::string_view(node->get_type_name()) == "Transpose";
    EXPECT_EQ(turns, 1u);
}

TEST(Tfjs, Half_floats_stand_for_floats) {
    Graph graph;
    graph.picture(one_by_two_by_two)
        .weight<std::uint16_t>("bias", "1", {0x3e00}, "float32", R"(,"quantization":{"dtype":"float16"})")  // 1.5
        .node("sum", "Add", R"("picture","bias")")
        .node("Identity", "Identity", R"("sum")");
    EXPECT_EQ(graph.run({1, 2, 2, 1}, {0, 1, 2, 3}), (std::vector<std::vector<float>>{{1.5f, 2.5f, 3.5f, 4.5f}}));
}

TEST(Tfjs, Pools_pads_splits_joins_and_reshapes) {
    Graph graph;
    graph.picture(one_by_two_by_two)
        .node("pool", "MaxPool", R"("picture")", fmt::format(R"({},"ksize":{{"list":{{"i":["1","2","1","1"]}}}},{})", valid, step_one))
        .wholes("around", {0, 0, 1, 0, 0, 0, 0, 0})
        .node("pad", "Pad", R"("picture","around")")
        .wholes("sizes", {1, 1})
        .wholes("across", {2})
        .node("split", "SplitV", R"("picture","sizes","across")")
        .node("swapped", "ConcatV2", R"("split:1","split","across")")
        .wholes("flat", {1, 4})
        .node("reshaped", "Reshape", R"("swapped","flat")")
        .node("Identity", "Identity", R"("pool")")
        .node("Identity_1", "Identity", R"("pad")")
        .node("Identity_2", "Identity", R"("reshaped")");
    EXPECT_EQ(graph.run({1, 2, 2, 1}, {1, 2, 3, 4}), (std::vector<std::vector<float>>{{3, 4}, {0, 0, 1, 2, 3, 4}, {2, 1, 4, 3}}));
}

TEST(Tfjs, A_leaky_relu_keeps_its_slope) {
    Graph graph;
    graph.picture(one_by_two_by_two)
        .node("relu", "LeakyRelu", R"("picture")", R"("alpha":{"f":0.25})")
        .node("Identity", "Identity", R"("relu")");
    EXPECT_EQ(graph.run({1, 2, 2, 1}, {-4, -1, 0, 4}), (std::vector<std::vector<float>>{{-1, -0.25f, 0, 4}}));
}

TEST(Tfjs, An_identity_that_another_node_reads_is_no_output) {
    Graph graph;
    graph.picture(one_by_two_by_two).node("Identity", "Identity", R"("picture")").node("Identity_1", "Identity", R"("Identity")");
    const auto model = graph.build().value();
    ASSERT_EQ(model->outputs().size(), 1u);
    EXPECT_TRUE(model->output(0).get_names().contains("Identity_1"));
}

// --- what cannot be converted ------------------------------------------------------------------------------------------

TEST(Tfjs, An_operation_that_is_not_known_is_named_with_its_node) {
    Graph graph;
    graph.picture(one_by_two_by_two).node("swish", "Elu", R"("picture")");
    const auto refused = graph.build();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "vision.pack_graph");
    EXPECT_NE(refused.error().message.find("swish"), std::string::npos);
    EXPECT_NE(refused.error().message.find("Elu"), std::string::npos);
}

TEST(Tfjs, Weights_that_end_early_and_sizes_beyond_all_bytes_are_refused) {
    Graph graph;
    graph.picture(one_by_two_by_two).floats("bias", "1", {1}).node("sum", "Add", R"("picture","bias")");
    graph.bytes.pop_back();
    EXPECT_EQ(graph.build().error().code, "vision.pack_graph");
    Graph huge;
    huge.weight<float>("bias", "4000000000,4000000000", {1}, "float32");
    EXPECT_EQ(huge.build().error().code, "vision.pack_graph");
}

TEST(Tfjs, A_graph_that_makes_no_sense_is_an_error_and_nothing_worse) {
    for (std::string_view text :
         {"", "[]", "{}", R"({"modelTopology":{},"weightsManifest":[]})",
          R"({"modelTopology":{"node":[{"op":"Identity"}]},"weightsManifest":[{"weights":[]}]})",
          R"({"modelTopology":{"node":[{"name":"x","op":"Identity","input":["nowhere"]}]},"weightsManifest":[{"weights":[]}]})",
          R"({"modelTopology":{"node":[{"name":"x","op":"Conv2D"}]},"weightsManifest":[{"weights":[]}]})"})
        EXPECT_FALSE(build_tfjs(text, {})) << text;
}

}  // namespace
}  // namespace vitrine::vision
