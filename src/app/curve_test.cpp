#include "app/curve.hpp"

#include <gtest/gtest.h>

namespace vitrine::app {
namespace {

TEST(Curve, keeps_the_settings_that_no_other_beats) {
    Curve curve({{0.9, 100}, {0.95, 120}, {0.99, 10}, {0.97, 5}, {0.99, 8}});
    ASSERT_EQ(curve.points().size(), 2u);
    EXPECT_EQ(curve.points()[0].per_second, 120);
    EXPECT_EQ(curve.points()[1].per_second, 10);
}

TEST(Curve, is_read_between_two_points_by_the_logarithm) {
    Curve curve({{0.9, 1000}, {1.0, 10}});
    EXPECT_NEAR(*curve.per_second_at(0.95), 100, 1e-6);
    EXPECT_EQ(curve.per_second_at(0.5), 1000);
    EXPECT_NEAR(*curve.per_second_at(1.0), 10, 1e-6);
}

TEST(Curve, has_no_speed_for_what_no_setting_finds) {
    EXPECT_FALSE(Curve({{0.9, 1000}}).per_second_at(0.95));
    EXPECT_FALSE(Curve({}).per_second_at(0.95));
}

}  // namespace
}  // namespace vitrine::app
