#include "vector/space.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <thread>

#include "vector/kernels.hpp"
#include "vector/rows_for_tests.hpp"

namespace vitrine::vector {
namespace {

constexpr auto everything = [](const MadeRow&) { return true; };

std::unique_ptr<Space> space_of(const Shape& shape, const std::vector<MadeRow>& rows, const Settings& settings = {}) {
    auto space = Space::make(shape, settings);
    EXPECT_TRUE(space) << space.error().message;
    auto put = (*space)->put(as_rows(rows));
    EXPECT_TRUE(put) << put.error().message;
    return std::move(*space);
}

std::vector<Hit> hits(const Space& space, const std::vector<float>& query, std::size_t k, const Filter& filter = {}) {
    auto found = space.top_k(query, k, filter);
    EXPECT_TRUE(found) << found.error().message;
    return found ? found->hits : std::vector<Hit>{};
}

// Everything that is true of one kind of kernels is true of all.
class EveryKernel : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        settings.kernels = GetParam();
        if (!kernels_named(GetParam())) GTEST_SKIP() << "This processor cannot run the " << GetParam() << " kernels.";
    }
    Settings settings;
    std::mt19937 random{11};
};
INSTANTIATE_TEST_SUITE_P(Space, EveryKernel, testing::Values("portable", "avx2", "avx512"), [](const auto& info) { return info.param; });

TEST_P(EveryKernel, FindsWhatThePlainestWayFinds) {
    for (Metric metric : {Metric::cosine, Metric::inner_product})
        for (std::uint32_t width : {1u, 7u, 32u, 100u, 784u}) {
            const Shape shape{width, metric, 0};
            const auto rows = random_rows(random, shape, 1500);
            const auto space = space_of(shape, rows, settings);
            EXPECT_EQ(space->kernels(), GetParam());
            for (int round = 0; round < 5; ++round) {
                const auto query = random_vector(random, width);
                const auto expected = nearest_plainly(shape, rows, query, 20, everything);
                if (width == 1 && metric == Metric::cosine) continue;  // all alike: the next test's
                EXPECT_EQ(keys_of(hits(*space, query, 20)), expected) << "width " << width;
            }
        }
}

TEST_P(EveryKernel, AnswersToTheLastBitAsThePortableOnes) {
    const Shape shape{300, Metric::cosine, 0};
    const auto rows = random_rows(random, shape, 3000);
    const auto here = space_of(shape, rows, settings);
    const auto portable = space_of(shape, rows, {.kernels = "portable", .scratch = {}});
    for (int round = 0; round < 10; ++round) {
        const auto query = random_vector(random, shape.width);
        EXPECT_EQ(hits(*here, query, 50), hits(*portable, query, 50));
    }
}

// Flat pictures: their bytes' errors all point one way, and so does the query. A bound for errors without a direction misses here.
TEST_P(EveryKernel, FindsWhatErrorsThatPointOneWayWouldHide) {
    const Shape shape{784, Metric::cosine, 0};
    std::vector<MadeRow> rows;
    for (Key key = 1; key <= 2000; ++key) {
        MadeRow row{key, std::vector<float>(shape.width, static_cast<float>(1 + random() % 200)), {}};
        for (std::size_t i = 0; i < shape.width; i += 8) row.vector[i] = static_cast<float>(1 + random() % 255);
        rows.push_back(std::move(row));
    }
    const auto space = space_of(shape, rows, settings);
    for (int round = 0; round < 20; ++round) {
        const auto& query = rows[random() % rows.size()].vector;
        EXPECT_EQ(keys_of(hits(*space, query, 20)), nearest_plainly(shape, rows, query, 20, everything));
    }
}

TEST(Space, OfEqualScoresTheSmallerKeyComesFirst) {
    const Shape shape{4, Metric::cosine, 0};
    std::vector<MadeRow> rows;
    for (Key key : {9, 3, 7, 1, 5}) rows.push_back({key, {1, 2, 3, 4}, {}});
    const auto space = space_of(shape, rows);
    EXPECT_EQ(keys_of(hits(*space, {1, 2, 3, 4}, 3)), (std::vector<Key>{1, 3, 5}));
    EXPECT_NEAR(hits(*space, {1, 2, 3, 4}, 1)[0].score, 1, 1e-6);
}

TEST(Space, NeverAnswersShortWhileRowsMatch) {
    std::mt19937 random(12);
    const Shape shape{48, Metric::cosine, 5};  // key modulo 2, 10, 100, 1,000, 10,000
    const auto rows = random_rows(random, shape, 20000);
    const auto space = space_of(shape, rows);
    for (std::uint32_t field = 0; field < shape.fields; ++field) {
        const Filter filter{{equal(field, 1)}, {}};
        const auto passes = [&](const MadeRow& row) { return row.fields[field] == 1; };
        const auto query = random_vector(random, shape.width);
        const auto found = space->top_k(query, 20, filter);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->matching, static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), passes)));
        EXPECT_EQ(keys_of(found->hits), nearest_plainly(shape, rows, query, 20, passes)) << "field " << field;
    }
}

TEST(Space, FiltersByRangesAndKeysAtOnce) {
    std::mt19937 random(13);
    const Shape shape{16, Metric::inner_product, 3};
    const auto rows = random_rows(random, shape, 3000);
    const auto space = space_of(shape, rows);
    std::vector<Key> chosen;
    for (Key key = 0; key < 5000; key += 3) chosen.push_back(key);
    const Filter filter{{Range{2, 20, 70}, equal(0, 0)}, KeySet(chosen)};
    const auto passes = [](const MadeRow& row) {
        return row.fields[2] >= 20 && row.fields[2] <= 70 && row.fields[0] == 0 && row.key % 3 == 0;
    };
    const auto query = random_vector(random, shape.width);
    EXPECT_EQ(keys_of(hits(*space, query, 40, filter)), nearest_plainly(shape, rows, query, 40, passes));
    const Filter nobody{{}, KeySet({})};
    EXPECT_TRUE(hits(*space, query, 40, nobody).empty());
    EXPECT_TRUE(hits(*space, query, 40, {{Range{1, 5, 4}}, {}}).empty());
}

TEST(Space, ChangesAreWhatTheNextSearchSees) {
    const Shape shape{3, Metric::cosine, 1};
    const auto space = space_of(shape, {{1, {1, 0, 0}, {0}}, {2, {0, 1, 0}, {0}}});
    EXPECT_EQ(keys_of(hits(*space, {1, 0.1f, 0}, 1)), (std::vector<Key>{1}));
    const std::vector<MadeRow> turned{{1, {0, 0, 1}, {5}}};
    ASSERT_TRUE(space->put(as_rows(turned), 7));
    EXPECT_EQ(space->size(), 2u);
    EXPECT_EQ(space->sequence(), 7u);
    EXPECT_EQ(keys_of(hits(*space, {1, 0.1f, 0}, 1)), (std::vector<Key>{2}));
    EXPECT_EQ(keys_of(hits(*space, {1, 1, 1}, 9, {{equal(0, 5)}, {}})), (std::vector<Key>{1}));
    EXPECT_EQ(space->remove(std::vector<Key>{1}, 9), 1u);
    EXPECT_EQ(keys_of(hits(*space, {0, 0, 1}, 9)), (std::vector<Key>{2}));
    EXPECT_EQ(space->remove(std::vector<Key>{1}, 8), 0u);  // removed twice
    EXPECT_EQ(space->sequence(), 9u) << "the sequence never goes back";
}

TEST(Space, OfOneKeyTwiceInAPutTheLastHolds) {
    const Shape shape{2, Metric::cosine, 0};
    const auto space = space_of(shape, {{4, {1, 0}, {}}, {4, {0, 1}, {}}});
    EXPECT_EQ(space->size(), 1u);
    EXPECT_NEAR(hits(*space, {0, 1}, 1)[0].score, 1, 1e-6);
}

TEST(Space, AnEmptyOneAndMoreThanThereIsHaveDefinedAnswers) {
    const Shape shape{2, Metric::cosine, 0};
    auto space = space_of(shape, {});
    EXPECT_TRUE(hits(*space, {1, 0}, 20).empty());
    EXPECT_EQ(space->remove(std::vector<Key>{1, 2}), 0u);
    const std::vector<MadeRow> two{{1, {1, 0}, {}}, {2, {0, 1}, {}}};
    ASSERT_TRUE(space->put(as_rows(two)));
    EXPECT_EQ(hits(*space, {1, 0}, std::numeric_limits<std::size_t>::max()).size(), 2u);
    EXPECT_TRUE(hits(*space, {1, 0}, 0).empty());
    EXPECT_EQ(space->remove(std::vector<Key>{1, 2}), 2u);
    EXPECT_TRUE(hits(*space, {1, 0}, 20).empty());
}

TEST(Space, BadVectorsAreRefusedInWordsAndNothingOfTheirPutIsKept) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
    struct Case {
        Metric metric;
        std::vector<float> vector;
        std::vector<std::int64_t> fields;
        std::string code;
    };
    const Case cases[] = {
        {Metric::cosine, {1, 2, 3}, {0}, "vector.width"},     {Metric::cosine, {}, {0}, "vector.width"},
        {Metric::cosine, {1, nan}, {0}, "vector.not_finite"}, {Metric::inner_product, {-infinite, 0}, {0}, "vector.not_finite"},
        {Metric::cosine, {0, 0}, {0}, "vector.zero"},         {Metric::inner_product, {1e16f, 0}, {0}, "vector.too_large"},
        {Metric::cosine, {1, 2}, {}, "vector.fields"},        {Metric::cosine, {1, 2}, {1, 2}, "vector.fields"},
    };
    for (const Case& one : cases) {
        const auto space = space_of({2, one.metric, 1}, {});
        const std::vector<MadeRow> rows{{1, {1, 1}, {0}}, {2, one.vector, one.fields}};
        const auto put = space->put(as_rows(rows));
        ASSERT_FALSE(put) << one.code;
        EXPECT_EQ(put.error().code, one.code);
        EXPECT_EQ(put.error().path, "row 1");
        EXPECT_EQ(space->size(), 0u);
        if (one.code == "vector.fields") continue;
        const auto asked = space->top_k(one.vector, 1);
        ASSERT_FALSE(asked) << one.code;
        EXPECT_EQ(asked.error().code, one.code);
    }
    // Rows of zeros are alike to nothing by their angle, and score 0 by inner product.
    const auto plain = space_of({2, Metric::inner_product, 0}, {{1, {0, 0}, {}}, {2, {-1, 0}, {}}});
    EXPECT_EQ(hits(*plain, {1, 0}, 2), (std::vector<Hit>{{1, 0}, {2, -1}}));
    // A length that no float holds is brought to 1 all the same.
    const auto long_ones = space_of({2, Metric::cosine, 0}, {{1, {3e38f, 3e38f}, {}}, {2, {1e-44f, 0}, {}}});
    EXPECT_NEAR(hits(*long_ones, {1, 1}, 1)[0].score, 1, 1e-6);
    EXPECT_NEAR(hits(*long_ones, {1, 0}, 1)[0].score, 1, 1e-6);
}

TEST(Space, ShapesAndFiltersThatCannotBeAreRefused) {
    EXPECT_EQ(Space::make({0, Metric::cosine, 0}).error().code, "vector.shape");
    EXPECT_EQ(Space::make({width_max + 1, Metric::cosine, 0}).error().code, "vector.shape");
    EXPECT_EQ(Space::make({8, Metric::cosine, fields_max + 1}).error().code, "vector.shape");
    EXPECT_EQ(Space::make({8, Metric::cosine, 0}, {.kernels = "abacus", .scratch = {}}).error().code, "vector.kernels");
    const auto space = space_of({width_max, Metric::cosine, 1}, {});
    EXPECT_EQ(space->top_k(std::vector<float>(width_max, 1), 1, {{equal(1, 0)}, {}}).error().code, "vector.filter");
}

TEST(Space, TurnoversWithoutEndLeaveJustWhatIsThere) {
    std::mt19937 random(14);
    const Shape shape{40, Metric::cosine, 1};
    auto space = space_of(shape, {});
    std::map<Key, MadeRow> kept;
    for (int round = 0; round < 300; ++round) {
        auto added = random_rows(random, shape, 1 + random() % 60, 1 + random() % 3000);
        ASSERT_TRUE(space->put(as_rows(added), static_cast<std::uint64_t>(round)));
        for (auto& row : added) kept[row.key] = row;
        std::vector<Key> gone;
        for (int i = 0; i < 40; ++i) gone.push_back(1 + random() % 3000);
        std::size_t were_there = 0;
        for (Key key : gone) were_there += kept.erase(key);
        EXPECT_EQ(space->remove(gone, static_cast<std::uint64_t>(round)), were_there);
        ASSERT_EQ(space->size(), kept.size());
        if (round % 10 > 0) continue;
        std::vector<MadeRow> rows;
        for (const auto& [key, row] : kept) rows.push_back(row);
        const auto query = random_vector(random, shape.width);
        EXPECT_EQ(keys_of(hits(*space, query, 30)), nearest_plainly(shape, rows, query, 30, everything)) << "round " << round;
    }
}

// Each row's vector says whose it is and in which version, and its field whether that is odd: a torn, moved or stale row would
// be seen in its score, or as a key that is found twice.
TEST(Space, SearchesBesideChangesSeeWholeRowsAndNoRemovedOne) {
    constexpr std::uint32_t width = 256;
    const auto space = space_of({width, Metric::inner_product, 1}, {});
    constexpr Key keys = 3000;
    const auto row_of = [&](Key key, int version) {
        return MadeRow{key, std::vector<float>(width, static_cast<float>(key * 1000 + static_cast<Key>(version))), {version % 2}};
    };
    std::vector<MadeRow> all;
    for (Key key = 1; key <= keys; ++key) all.push_back(row_of(key, 1));
    ASSERT_TRUE(space->put(as_rows(all)));
    std::atomic<bool> done = false;
    std::atomic<int> gone_up_to = 0;  // keys up to it are removed for good
    std::atomic<int> wrong = 0, searches = 0;
    std::vector<std::jthread> readers;
    for (int reader = 0; reader < 2; ++reader)
        readers.emplace_back([&, reader] {
            const std::vector<float> query(width, 1.0f / width);
            while (!done) {
                const auto gone = static_cast<Key>(gone_up_to.load());
                const auto found = space->top_k(query, keys, {{equal(0, reader)}, {}});
                if (!found) {
                    ++wrong;
                    break;
                }
                std::set<Key> seen;
                for (const Hit& hit : found->hits) {
                    const auto said = static_cast<Key>(hit.score);
                    if (hit.key <= gone || said / 1000 != hit.key || said % 2 != static_cast<Key>(reader) || !seen.insert(hit.key).second)
                        ++wrong;
                }
                ++searches;
            }
        });
    std::mt19937 random(15);
    for (int version = 2; version < 200 || (searches < 50 && version < 100000); ++version) {
        std::vector<MadeRow> some;
        const auto gone = static_cast<Key>(gone_up_to.load());
        for (int i = 0; i < 20; ++i) some.push_back(row_of(gone + 11 + random() % (keys - gone - 11), version % 998 + 1));
        ASSERT_TRUE(space->put(as_rows(some)));
        if (gone < 1500) {
            std::vector<Key> next;
            for (Key key = gone + 1; key <= gone + 10; ++key) next.push_back(key);
            EXPECT_EQ(space->remove(next), 10u);
            gone_up_to = static_cast<int>(gone + 10);
        }
    }
    done = true;
    readers.clear();
    EXPECT_EQ(wrong, 0) << searches << " searches";
    EXPECT_GE(searches, 50);
}

TEST(Space, FullVectorsMayLieOnTheDisk) {
    std::mt19937 random(16);
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("vitrine-vector-{}", ::getpid());
    std::filesystem::create_directory(folder);
    const Shape shape{64, Metric::cosine, 0};
    const auto rows = random_rows(random, shape, 5000);
    const auto space = space_of(shape, rows, {.kernels = "auto", .scratch = folder});
    const auto query = random_vector(random, shape.width);
    EXPECT_EQ(keys_of(hits(*space, query, 10)), nearest_plainly(shape, rows, query, 10, everything));
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << "the file has no name, so nothing of it stays";
    auto nowhere = Space::make(shape, {.kernels = "auto", .scratch = folder / "missing"});
    ASSERT_TRUE(nowhere);
    EXPECT_FALSE((*nowhere)->put(as_rows(rows)));
    EXPECT_EQ((*nowhere)->size(), 0u);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace vitrine::vector
