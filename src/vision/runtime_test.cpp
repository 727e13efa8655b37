#include "vision/runtime.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <opencv2/core.hpp>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <set>
#include <thread>

#include "core/id.hpp"

namespace vitrine::vision {
namespace {

namespace op = ov::opset13;

// y = 2 x over one row of `width`.
std::filesystem::path doubler(const std::filesystem::path& folder, ov::Dimension width = 3) {
    auto x = std::make_shared<op::Parameter>(ov::element::f32, ov::PartialShape{1, width});
    auto y = std::make_shared<op::Multiply>(x, op::Constant::create(ov::element::f32, {1}, {2.0f}));
    y->output(0).set_names({"doubled"});
    auto file = folder / "doubler.xml";
    ov::save_model(std::make_shared<ov::Model>(ov::OutputVector{y}, ov::ParameterVector{x}), file.string(), false);
    return file;
}

struct RuntimeTest : testing::Test {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("vitrine-runtime-" + to_string(make_uuid_v7()));
    Metrics metrics;
    Runtime runtime{{.cache = folder / "cache", .threads = 1}, metrics};

    RuntimeTest() { std::filesystem::create_directories(folder); }
    ~RuntimeTest() override { std::filesystem::remove_all(folder); }

    std::size_t blobs() const {
        std::error_code none;
        std::filesystem::directory_iterator entries(folder / "cache", none);
        return none ? 0 : static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }
};

TEST_F(RuntimeTest, A_lease_writes_infers_and_reads_by_name) {
    auto model = runtime.load(doubler(folder), {.name = "doubler"}).value();
    auto lease = model.lease().value();
    std::ranges::copy(std::array{1.0f, 2.0f, 3.0f}, lease.input().begin());
    ASSERT_TRUE(lease.infer());
    auto doubled = lease.output("doubled");
    EXPECT_EQ(doubled.shape, (Shape{1, 3}));
    EXPECT_EQ(std::vector<float>(doubled.values.begin(), doubled.values.end()), (std::vector<float>{2, 4, 6}));
}

TEST_F(RuntimeTest, A_side_that_varies_is_set_with_the_input) {
    auto model = runtime.load(doubler(folder, -1), {.name = "doubler"}).value();
    EXPECT_EQ(model.input_shapes(), (std::vector<Shape>{{1, -1}}));
    auto lease = model.lease().value();
    for (std::int64_t width : {2, 5, 3}) {
        auto input = lease.input({1, width});
        ASSERT_EQ(input.size(), static_cast<std::size_t>(width));
        std::ranges::fill(input, 1.0f);
        ASSERT_TRUE(lease.infer());
        EXPECT_EQ(lease.output().shape, (Shape{1, width}));
    }
}

TEST_F(RuntimeTest, The_second_load_takes_the_compiled_blob_from_the_cache) {
    auto file = doubler(folder);
    ASSERT_TRUE(runtime.load(file, {.name = "doubler"}));
    EXPECT_EQ(blobs(), 1u);
    auto model = runtime.load(file, {.name = "doubler"}).value();
    EXPECT_EQ(blobs(), 1u);
    EXPECT_EQ(model.output_names(), (std::vector<std::string>{"doubled"}));
    EXPECT_TRUE(model.warm());
}

TEST_F(RuntimeTest, Another_input_shape_is_another_blob) {
    auto file = doubler(folder, -1);
    ASSERT_TRUE(runtime.load(file, {.name = "doubler", .inputs = {{1, 4}}}));
    auto model = runtime.load(file, {.name = "doubler", .inputs = {{1, 8}}}).value();
    EXPECT_EQ(blobs(), 2u);
    EXPECT_EQ(model.input_shapes(), (std::vector<Shape>{{1, 8}}));
}

TEST_F(RuntimeTest, A_damaged_blob_is_compiled_anew) {
    auto file = doubler(folder);
    ASSERT_TRUE(runtime.load(file, {.name = "doubler"}));
    for (const auto& entry : std::filesystem::directory_iterator(folder / "cache")) std::ofstream(entry.path()) << "not a blob";
    auto model = runtime.load(file, {.name = "doubler"});
    ASSERT_TRUE(model);
    EXPECT_TRUE(model->warm());
}

TEST_F(RuntimeTest, A_missing_and_a_damaged_model_say_how_to_mend_them) {
    auto missing = runtime.load(folder / "nothing.xml", {.name = "doubler"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "vision.model_missing");
    EXPECT_NE(missing.error().message.find("vitrine models pull"), std::string::npos);
    auto file = doubler(folder);
    std::ofstream(file) << "<net";
    auto damaged = runtime.load(file, {.name = "doubler"});
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, "vision.model_damaged");
}

TEST_F(RuntimeTest, A_caller_waits_until_the_lease_before_is_given_back) {
    auto model = runtime.load(doubler(folder), {.name = "doubler"}).value();
    std::optional<Lease> held = model.lease().value();
    std::atomic<bool> had_turn = false;
    std::jthread waiter([&] {
        auto lease = model.lease();
        had_turn = lease.has_value();
    });
    EXPECT_FALSE(had_turn);
    held.reset();
    waiter.join();
    EXPECT_TRUE(had_turn);
}

TEST_F(RuntimeTest, One_caller_too_many_is_told_busy) {
    Runtime no_queue({.cache = {}, .threads = 1, .waiting_max = 0}, metrics);
    auto model = no_queue.load(doubler(folder), {.name = "doubler"}).value();
    std::optional<Lease> held = model.lease().value();
    auto refused = model.lease();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "vision.busy");
    EXPECT_EQ(refused.error().kind, Kind::limit);
    held.reset();
    EXPECT_TRUE(model.lease());
}

// OpenVINO's wheel and Debian's OpenCV both bring a libtbb.so.12; two in one process would fight over the processor.
TEST_F(RuntimeTest, Exactly_one_libtbb_is_loaded) {
    ASSERT_TRUE(runtime.load(doubler(folder), {.name = "doubler"}));
    cv::setNumThreads(1);  // OpenCV is linked in
    std::set<std::string> libraries;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (auto path = line.find('/'); path != std::string::npos && line.find("libtbb.so") != std::string::npos)
            libraries.insert(line.substr(path));
    EXPECT_EQ(libraries.size(), 1u) << fmt::format("{}", fmt::join(libraries, "\n"));
}

TEST_F(RuntimeTest, Each_inference_is_timed) {
    ASSERT_TRUE(runtime.load(doubler(folder), {.name = "doubler"}).value().warm());
    EXPECT_NE(metrics.text().find("vitrine_model_seconds_count{model=\"doubler\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::vision
