// What a space promises once its rows are gathered into clusters.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "vector/kernels.hpp"
#include "vector/rows_for_tests.hpp"
#include "vector/space.hpp"

namespace vitrine::vector {
namespace {

constexpr Shape shape{96, Metric::cosine, 2};
constexpr std::size_t groups = 40;

Settings by_hand(const std::string& kernels = "auto") {
    Settings settings;
    settings.kernels = kernels;
    settings.builds_itself = false;
    settings.watch_one_in = 0;
    return settings;
}

std::unique_ptr<Space> space_of(const Shape& shape, const std::vector<MadeRow>& rows, const Settings& settings) {
    auto space = std::move(*Space::make(shape, settings));
    auto put = space->put(as_rows(rows));
    EXPECT_TRUE(put) << put.error().message;
    return space;
}

Found found(const Space& space, const std::vector<float>& query, std::size_t k, const Filter& filter = {},
            const QueryOptions& options = {}) {
    auto answer = space.top_k(query, k, filter, options);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : Found{};
}

// Of the exact answer's rows, the share that was found; an answer that is short counts as nothing found.
double recall_of(const Space& space, const std::vector<std::vector<float>>& queries, const Filter& filter = {}, std::size_t k = 20,
                 const QueryOptions& options = {}) {
    std::size_t hit = 0, all = 0;
    for (const auto& query : queries) {
        const auto exact = found(space, query, k, filter, {.exact = true, .recall = {}, .effort = {}});
        EXPECT_TRUE(exact.exact);
        const auto answer = found(space, query, k, filter, options);
        EXPECT_EQ(answer.hits.size(), exact.hits.size()) << "short";
        const auto right = keys_of(exact.hits);
        for (const Hit& one : answer.hits) hit += static_cast<std::size_t>(std::count(right.begin(), right.end(), one.key));
        all += right.size();
    }
    return all == 0 ? 1 : static_cast<double>(hit) / static_cast<double>(all);
}

std::vector<std::vector<float>> queries_of(LikeEmbeddings& source, std::size_t count) {
    std::vector<std::vector<float>> queries;
    for (std::size_t i = 0; i < count; ++i) queries.push_back(source.next());
    return queries;
}

TEST(Clusters, FindTheRecallThatWasAskedFor) {
    LikeEmbeddings source(shape.width, groups, 31);
    const auto space = space_of(shape, source.rows(shape, 12000), by_hand());
    const Build build = space->build();
    EXPECT_EQ(build.rows, 12000u);
    EXPECT_GT(build.clusters, 100u);
    EXPECT_GE(build.recall, 0.97);
    EXPECT_EQ(space->stats().clusters, build.clusters);
    const auto queries = queries_of(source, 150);
    EXPECT_FALSE(found(*space, queries[0], 20).exact);
    EXPECT_GE(recall_of(*space, queries), 0.97);
    EXPECT_GE(recall_of(*space, queries, {}, 20, {.exact = false, .recall = 0.99, .effort = {}}), 0.985);
    EXPECT_GE(recall_of(*space, queries, {}, 100), 0.95);
    EXPECT_GE(recall_of(*space, queries, {}, 1), 0.97);
    EXPECT_GE(recall_of(*space, queries, {}, 20, {.exact = false, .recall = {}, .effort = 1}), 0.999);
    EXPECT_LT(found(*space, queries[0], 20).matching, 6000u) << "it looked at more than half of the rows";
    EXPECT_LT(recall_of(*space, queries, {}, 20, {.exact = false, .recall = {}, .effort = 0}), 0.97) << "effort changes nothing";
}

TEST(Clusters, GiveTheScoresOfTheFullVectors) {
    LikeEmbeddings source(shape.width, groups, 32);
    const auto space = space_of(shape, source.rows(shape, 3000), by_hand());
    (void)space->build();
    const auto query = source.next();
    std::map<Key, float> exact;
    for (const Hit& hit : found(*space, query, 2999, {}, {.exact = true, .recall = {}, .effort = {}}).hits) exact[hit.key] = hit.score;
    for (const Hit& hit : found(*space, query, 20).hits) EXPECT_EQ(hit.score, exact[hit.key]);
}

TEST(Clusters, AreTheSameOnEveryKernel) {
    LikeEmbeddings source(shape.width, groups, 33);
    const auto rows = source.rows(shape, 4000);
    const auto later = source.rows(shape, 300, 10000);
    const auto queries = queries_of(source, 30);
    std::vector<std::vector<Hit>> expected;
    for (const char* kernels : {"portable", "avx2", "avx512"}) {
        if (!kernels_named(kernels)) continue;
        const auto space = space_of(shape, rows, by_hand(kernels));
        (void)space->build();
        ASSERT_TRUE(space->put(as_rows(later)));
        std::vector<std::vector<Hit>> hits;
        for (const auto& query : queries) hits.push_back(found(*space, query, 20, {}, {.exact = false, .recall = {}, .effort = 0.4}).hits);
        if (expected.empty()) expected = hits;
        EXPECT_EQ(hits, expected) << kernels;
    }
}

TEST(Clusters, NeverAnswerAFilterShortAndKeepItsRecall) {
    LikeEmbeddings source(shape.width, groups, 34);
    const auto rows = source.rows(shape, 20000);
    const auto space = space_of(shape, rows, by_hand());
    (void)space->build();
    const auto queries = queries_of(source, 60);
    for (std::int64_t share : {5000, 1000, 100, 10, 1})  // of ten thousand, by chance
        EXPECT_GE(recall_of(*space, queries, {{Range{0, 0, share - 1}}, {}}), 0.95) << share;
    for (std::int64_t most : {20, 4, 1}) {  // by group: near some queries, far from others
        EXPECT_GE(recall_of(*space, queries, {{Range{1, 0, most - 1}}, {}}), 0.95) << most;
        EXPECT_GE(recall_of(*space, queries, {{Range{1, 0, most - 1}, Range{0, 0, 99}}, {}}), 0.95) << most;
    }
    std::vector<Key> some;
    for (Key key = 1; key < 20000; key += 7) some.push_back(key);
    EXPECT_GE(recall_of(*space, queries, {{}, KeySet(some)}), 0.95);
    EXPECT_TRUE(found(*space, queries[0], 20, {{Range{0, 20000, 30000}}, {}}).hits.empty());
}

TEST(Clusters, AfterFiveTurnoversFindAsMuchAsAFreshBuildAndNothingRemoved) {
    LikeEmbeddings source(shape.width, groups, 35);
    constexpr std::size_t count = 4000;
    auto rows = source.rows(shape, count);
    const auto space = space_of(shape, rows, by_hand());
    (void)space->build();
    const auto queries = queries_of(source, 60);
    std::set<Key> kept;
    for (const auto& row : rows) kept.insert(row.key);
    Key next = count + 1;
    for (int round = 0; round < 50; ++round) {  // a tenth each
        std::vector<Key> gone;
        for (std::size_t i = 0; i < count / 10; ++i) {
            gone.push_back(*kept.begin());
            kept.erase(kept.begin());
        }
        ASSERT_EQ(space->remove(gone), gone.size());
        const auto more = source.rows(shape, count / 10, next);
        next += more.size();
        ASSERT_TRUE(space->put(as_rows(more)));
        for (const auto& row : more) kept.insert(row.key);
        ASSERT_EQ(space->size(), count);
        if (round % 2 == 0) (void)space->build();  // as it does itself, after a quarter of its rows has changed
        for (int i = 0; i < 5; ++i)
            for (const Hit& hit : found(*space, queries[static_cast<std::size_t>(i)], 50).hits)
                ASSERT_TRUE(kept.contains(hit.key)) << hit.key;
        const auto& one = more[static_cast<std::size_t>(round)];
        ASSERT_EQ(found(*space, one.vector, 1).hits.at(0).key, one.key) << "an insert is not found by the next search";
    }
    const double before = recall_of(*space, queries);
    EXPECT_GE(before, 0.95);
    (void)space->build();
    EXPECT_GE(before, recall_of(*space, queries) - 0.01);
    EXPECT_EQ(space->size(), count);
}

TEST(Clusters, AreMadeBesideChangesAndSearchesThatGoOn) {
    LikeEmbeddings source(shape.width, groups, 36);
    auto rows = source.rows(shape, 2000);
    const auto space = space_of(shape, rows, by_hand());
    std::atomic<bool> done = false;
    std::atomic<std::size_t> wrong = 0, searches = 0;
    std::atomic<Key> gone_up_to = 0;
    const auto queries = queries_of(source, 8);
    std::jthread reader([&] {
        while (!done) {
            const Key gone = gone_up_to;
            const auto answer = space->top_k(queries[searches % queries.size()], 50);
            if (!answer || answer->hits.size() != 50) ++wrong;
            std::set<Key> seen;
            if (answer)
                for (const Hit& hit : answer->hits) wrong += hit.key <= gone || !seen.insert(hit.key).second;
            ++searches;
        }
    });
    std::jthread builder([&] {
        for (int i = 0; i < 2 || searches < 20; ++i) (void)space->build();
        done = true;
    });
    std::map<Key, MadeRow> kept;
    for (auto& row : rows) kept[row.key] = row;
    Key next = 10000;
    while (!done) {
        for (auto& row : source.rows(shape, 5, next)) {
            ASSERT_TRUE(space->put(std::vector<Row>{row.row()}));
            kept[row.key] = row;
        }
        next += 5;
        if (gone_up_to < 1500) {
            const Key key = gone_up_to + 1;
            ASSERT_EQ(space->remove(std::vector<Key>{key}), 1u);
            kept.erase(key);
            gone_up_to = key;
        }
        // Replaced by what it was not: the old place must be gone.
        MadeRow turned{1800, source.next(), {1, 2}};
        ASSERT_TRUE(space->put(std::vector<Row>{turned.row()}));
        kept[turned.key] = turned;
    }
    builder.join();
    reader.join();
    EXPECT_EQ(wrong, 0u) << searches << " searches";
    ASSERT_EQ(space->size(), kept.size());
    std::vector<MadeRow> all;
    for (auto& [key, row] : kept) all.push_back(row);
    for (const auto& query : queries)
        EXPECT_EQ(keys_of(found(*space, query, 30, {}, {.exact = true, .recall = {}, .effort = {}}).hits),
                  nearest_plainly(shape, all, query, 30, [](const MadeRow&) { return true; }));
    (void)space->build();
    EXPECT_GE(recall_of(*space, queries), 0.9);
}

// Queries that lie between two groups each: none of the rows does, so what was measured on rows says too much of them.
TEST(Clusters, AimHigherWhenQueriesComeFromElsewhere) {
    LikeEmbeddings source(shape.width, groups, 37);
    auto settings = by_hand();
    settings.watch_one_in = 1;
    const auto space = space_of(shape, source.rows(shape, 8000), settings);
    (void)space->build();
    std::mt19937 random(38);
    const auto between = [&] {
        const auto a = source.next(), b = source.next(), chance = random_vector(random, shape.width);
        std::vector<float> query(shape.width);
        for (std::size_t i = 0; i < query.size(); ++i) query[i] = a[i] + b[i] + 3 * chance[i];
        return query;
    };
    std::vector<std::vector<float>> queries;
    for (int i = 0; i < 60; ++i) queries.push_back(between());
    const double before = recall_of(*space, queries);
    ASSERT_LT(before, 0.96) << "these queries are no test";
    const auto start = std::chrono::steady_clock::now();
    while (space->stats().watched.searches < 600 && std::chrono::steady_clock::now() - start < std::chrono::seconds(60)) {
        (void)found(*space, between(), 20);
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    const auto watched = space->stats().watched;
    EXPECT_GE(watched.searches, 600u);
    EXPECT_GT(watched.aim, 0.97);
    EXPECT_LT(watched.recall, 1);
    EXPECT_GE(recall_of(*space, queries), before + (0.97 - before) / 2);
}

TEST(Clusters, AreMadeByTheSpaceItselfWhenTheyPay) {
    LikeEmbeddings source(1024, 20, 39);
    Settings settings;
    const Shape wide{1024, Metric::cosine, 0};
    const auto space = space_of(wide, source.rows(wide, 2000), settings);
    EXPECT_FALSE(space->stats().build) << "two megabytes are scanned faster than a cluster is found";
    ASSERT_TRUE(space->put(as_rows(source.rows(wide, 19000, 5000))));
    const auto start = std::chrono::steady_clock::now();
    while (space->stats().clusters == 0 && std::chrono::steady_clock::now() - start < std::chrono::minutes(5))
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSERT_TRUE(space->stats().build);
    EXPECT_EQ(space->stats().build->rows, 21000u);
    EXPECT_FALSE(found(*space, source.next(), 20).exact);
}

TEST(Clusters, OfASmallOrNarrowSpaceAreNone) {
    std::mt19937 random(40);
    for (const Shape& small : {Shape{96, Metric::cosine, 0}, Shape{16, Metric::inner_product, 0}}) {
        const auto space = space_of(small, random_rows(random, small, small.width == 96 ? 100 : 2000), by_hand());
        EXPECT_EQ(space->build().clusters, 0u);
        EXPECT_TRUE(found(*space, random_vector(random, small.width), 20).exact);
    }
    const auto empty = space_of(shape, {}, by_hand());
    EXPECT_EQ(empty->build().rows, 0u);
}

TEST(Clusters, AnswerBadQueriesAndMoreThanThereIsAsBefore) {
    LikeEmbeddings source(shape.width, groups, 41);
    const auto rows = source.rows(shape, 1000);
    const auto space = space_of(shape, rows, by_hand());
    EXPECT_GT(space->build().clusters, 0u);
    EXPECT_EQ(space->top_k(std::vector<float>(95, 1), 1).error().code, "vector.width");
    EXPECT_EQ(space->top_k(std::vector<float>(96, 0), 1).error().code, "vector.zero");
    EXPECT_EQ(space->top_k(std::vector<float>(96, NAN), 1).error().code, "vector.not_finite");
    EXPECT_EQ(found(*space, source.next(), 5000).hits.size(), 1000u);
    EXPECT_EQ(found(*space, source.next(), 999).hits.size(), 999u);
    EXPECT_TRUE(found(*space, source.next(), 0).hits.empty());
    std::vector<Key> all;
    for (const auto& row : rows) all.push_back(row.key);
    EXPECT_EQ(space->remove(std::span(all).first(990)), 990u);
    EXPECT_EQ(found(*space, source.next(), 8).hits.size(), 8u);
    EXPECT_EQ(space->remove(all), 10u);
    EXPECT_TRUE(found(*space, source.next(), 8).hits.empty());
    ASSERT_TRUE(space->put(as_rows(rows)));
    EXPECT_GE(recall_of(*space, queries_of(source, 20)), 0.95);
}

TEST(Clusters, OfRowsThatAreAllAlikeAreDefined) {
    std::vector<MadeRow> rows;
    for (Key key = 1; key <= 1000; ++key) rows.push_back({key, std::vector<float>(shape.width, 1), {0, 0}});
    const auto space = space_of(shape, rows, by_hand());
    (void)space->build();
    EXPECT_EQ(found(*space, rows[0].vector, 20).hits.size(), 20u);
    EXPECT_NEAR(found(*space, rows[0].vector, 20).hits[0].score, 1, 1e-5);
}

}  // namespace
}  // namespace vitrine::vector
