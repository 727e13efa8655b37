// The networks are stood in for by small graphs that answer what a test wants, so that every number is known.
#include "vision/moderation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>

#include "store/temporary.hpp"
#include "vision/anchors.hpp"
#include "vision/seen.hpp"

namespace vitrine::vision {
namespace {

namespace op = ov::opset13;
using Node = ov::Output<ov::Node>;

// What a detector says of one place of its square, from the anchor in its top left corner.
struct Saying {
    double score = 0;
    std::vector<float> raw;  // centre, size and points, in pixels of the square
};

struct ModerationTest : testing::Test {
    store::TemporaryFolder folder;
    Metrics metrics;
    Runtime runtime{{.threads = 1}, metrics};

    Model load(const Node& first, const Node& second, const std::shared_ptr<op::Parameter>& input) {
        static int number = 0;
        const auto file = folder / fmt::format("model{}.xml", ++number);
        ov::OutputVector outputs{first};
        if (second.get_node()) outputs.push_back(second);
        ov::save_model(std::make_shared<ov::Model>(outputs, ov::ParameterVector{input}), file.string(), false);
        return runtime.load(file, {.name = "stand-in"}).value();
    }

    // A detector that says the same of every photo.
    Model detector(const AnchorGrid& grid, std::size_t width, const std::vector<Saying>& sayings) {
        const auto centres = anchor_centres(grid);
        std::vector<float> boxes(centres.size() * width, 0.0f), scores(centres.size(), -50.0f);
        for (std::size_t i = 0; i < sayings.size(); ++i) {
            scores[i] = static_cast<float>(std::log(sayings[i].score / (1 - sayings[i].score)));
            for (std::size_t value = 0; value < sayings[i].raw.size(); ++value) {
                const bool across = value % 2 == 0, size = value == 2 || value == 3;
                const double anchor = size ? 0 : (across ? centres[i].x : centres[i].y) * grid.side;
                boxes[i * width + value] = sayings[i].raw[value] - static_cast<float>(anchor);
            }
        }
        const auto side = static_cast<std::size_t>(grid.side);
        auto input = std::make_shared<op::Parameter>(ov::element::f32, ov::Shape{1, side, side, 3});
        auto all = op::Constant::create(ov::element::i64, {4}, {0, 1, 2, 3});
        auto nothing = std::make_shared<op::Multiply>(std::make_shared<op::ReduceSum>(input, all, false),
                                                      op::Constant::create(ov::element::f32, {}, {0.0f}));
        auto constant = [&](std::size_t values, const std::vector<float>& of) {
            return std::make_shared<op::Add>(op::Constant::create(ov::element::f32, {1, centres.size(), values}, of), nothing);
        };
        return load(constant(width, boxes), constant(1, scores), input);
    }
    // Faces in the published grids; the centre and the size as a share of the square.
    Model near(std::vector<Saying> sayings) { return detector({128, {8, 16, 16, 16}, 2, 0.5}, 16, std::move(sayings)); }
    Model far(std::vector<Saying> sayings) { return detector({192, {4}, 1, 0.6}, 16, std::move(sayings)); }
    Model pose(std::vector<Saying> sayings) { return detector({224, {8, 16, 32, 32, 32}, 2, 0.5}, 12, std::move(sayings)); }

    static photo::Decoded square_photo(std::array<std::uint8_t, 3> colour = {128, 128, 128}) {
        photo::Decoded photo;
        photo.header.width = photo.header.height = 384;
        photo.working = photo::blank(384, 384);
        for (std::size_t i = 0; i < photo.working.rgb.size(); ++i) photo.working.rgb[i] = colour[i % 3];
        return photo;
    }
};

// A face in the middle of the photo, a third as wide, as each model says it.
Saying near_middle(double score) {
    return {score, {64, 64, 128.0f / 3, 128.0f / 3}};
}
Saying far_middle(double score) {
    return {score, {96, 96, 64, 64}};
}
Saying far_corner(double score) {
    return {score, {32, 32, 40, 40}};
}

TEST_F(ModerationTest, A_face_that_one_model_is_sure_of_is_a_face_where_it_is) {
    const auto found = faces(near({near_middle(0.9)}), far({}), square_photo()).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NEAR(found[0].confidence, 0.9, 1e-3);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[0].box[i], 128, 0.11);  // the middle third
}

TEST_F(ModerationTest, A_face_that_one_model_alone_half_sees_is_none) {
    EXPECT_TRUE(faces(near({near_middle(0.7)}), far({}), square_photo()).value().empty());
    EXPECT_TRUE(faces(near({}), far({far_middle(0.7)}), square_photo()).value().empty());
}

TEST_F(ModerationTest, Where_both_half_see_a_face_it_is_one) {
    const auto found = faces(near({near_middle(0.7)}), far({far_middle(0.7)}), square_photo()).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NEAR(found[0].confidence, 1 - 0.3 * 0.3, 1e-3);
}

TEST_F(ModerationTest, Two_halves_in_two_places_are_no_face) {
    EXPECT_TRUE(faces(near({near_middle(0.7)}), far({far_corner(0.7)}), square_photo()).value().empty());
}

TEST_F(ModerationTest, Two_faces_are_two) {
    EXPECT_EQ(faces(near({near_middle(0.9)}), far({far_corner(0.9)}), square_photo()).value().size(), 2u);
}

// Hips in the middle, the rim of the body's circle 56 of 224 pixels above: the middle half of the photo.
Saying person(double score) {
    return {score, {112, 112, 20, 20, 112, 112, 112, 56}};
}

TEST_F(ModerationTest, A_person_is_the_circle_around_the_hips) {
    const auto found = people(pose({person(0.9)}), square_photo(), {}).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NEAR(found[0].confidence, 0.9, 1e-3);
    EXPECT_NEAR(found[0].box[0], 96, 0.11);
    EXPECT_NEAR(found[0].box[2], 192, 0.11);
}

TEST_F(ModerationTest, A_body_that_is_half_seen_is_a_person_only_with_a_face_in_it) {
    const auto half = pose({person(0.6)});
    EXPECT_TRUE(people(half, square_photo(), {}).value().empty());
    EXPECT_EQ(people(half, square_photo(), {{0.9, {180, 110, 20, 20}}}).value().size(), 1u);
    EXPECT_TRUE(people(half, square_photo(), {{0.9, {0, 0, 40, 40}}}).value().empty());
}

// Answers the mean of what it sees: [of its first channel, the same].
TEST_F(ModerationTest, Nudity_is_judged_on_blue_green_red_less_their_means) {
    auto input = std::make_shared<op::Parameter>(ov::element::f32, ov::Shape{1, 224, 224, 3});
    auto means = std::make_shared<op::ReduceMean>(input, op::Constant::create(ov::element::i64, {3}, {0, 1, 2}), false);
    auto blue = std::make_shared<op::Gather>(means, op::Constant::create(ov::element::i64, {2}, {0, 0}),
                                             op::Constant::create(ov::element::i64, {}, {0}));
    const auto score = nudity(load(blue, {}, input), square_photo({40, 90, 164}).working);
    ASSERT_TRUE(score) << score.error().message;
    EXPECT_NEAR(*score, 164 - 104, 3);  // saved as JPEG in between
}

TEST_F(ModerationTest, The_task_tells_all_three) {
    auto input = std::make_shared<op::Parameter>(ov::element::f32, ov::Shape{1, 224, 224, 3});
    auto nothing = std::make_shared<op::Multiply>(
        std::make_shared<op::ReduceSum>(input, op::Constant::create(ov::element::i64, {4}, {0, 1, 2, 3}), false),
        op::Constant::create(ov::element::f32, {}, {0.0f}));
    auto shares = std::make_shared<op::Add>(op::Constant::create(ov::element::f32, {1, 2}, {0.75f, 0.25f}), nothing);
    auto task = make_moderation({load(shares, {}, input), near({near_middle(0.9)}), far({}), pose({person(0.9)})}, "7");
    ASSERT_TRUE(task) << task.error().message;
    EXPECT_TRUE((*task)->version().starts_with("7"));
    const auto found = json::read<Moderation>((*task)->run(square_photo(), Seen{}).value()).value();
    EXPECT_NEAR(found.nudity, 0.25, 1e-6);  // the second of the two shares
    EXPECT_EQ(found.faces.size(), 1u);
    EXPECT_EQ(found.people.size(), 1u);
}

}  // namespace
}  // namespace vitrine::vision
