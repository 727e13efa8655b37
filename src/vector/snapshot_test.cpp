#include "vector/snapshot.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "vector/checksum.hpp"
#include "vector/rows_for_tests.hpp"
#include "vector/space.hpp"

namespace vitrine::vector {
namespace {

class Snapshots : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directory(folder); }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::unique_ptr<Space> saved(const Shape& shape, std::size_t count, std::uint64_t sequence = 0) {
        auto space = std::move(*Space::make(shape));
        rows = random_rows(random, shape, count);
        EXPECT_TRUE(space->put(as_rows(rows), sequence));
        auto save = space->save(path);
        EXPECT_TRUE(save) << save.error().message;
        return space;
    }
    std::vector<char> bytes() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::vector<char>& bytes) const {
        std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    std::string refused() const {
        auto space = Space::load(path);
        return space ? "" : space.error().code;
    }

    std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("vitrine-snapshot-{}", ::getpid());
    std::filesystem::path path = folder / "own.snapshot";
    std::mt19937 random{21};
    std::vector<MadeRow> rows;
};

TEST_F(Snapshots, AnswerAsTheSpaceTheyWereMadeOf) {
    for (Metric metric : {Metric::cosine, Metric::inner_product}) {
        const Shape shape{50, metric, 2};
        const auto before = saved(shape, 9000, 77);
        const auto after = std::move(*Space::load(path));
        EXPECT_EQ(after->shape(), shape);
        EXPECT_EQ(after->size(), 9000u);
        EXPECT_EQ(after->sequence(), 77u);
        for (int round = 0; round < 5; ++round) {
            const auto query = random_vector(random, shape.width);
            const Filter filter{{equal(1, round)}, {}};
            EXPECT_EQ(after->top_k(query, 20)->hits, before->top_k(query, 20)->hits);
            EXPECT_EQ(after->top_k(query, 20, filter)->hits, before->top_k(query, 20, filter)->hits);
        }
    }
}

TEST_F(Snapshots, AreChangedAfterLoadingAndSavedAgainOverThemselves) {
    const Shape shape{50, Metric::cosine, 0};
    saved(shape, 5000);
    auto space = std::move(*Space::load(path));
    std::vector<Key> gone;
    for (Key key = 1; key <= 2000; ++key) gone.push_back(key);
    EXPECT_EQ(space->remove(gone), 2000u);
    const auto more = random_rows(random, shape, 3000, 4500);  // some are replaced, some new
    ASSERT_TRUE(space->put(as_rows(more), 5));
    ASSERT_TRUE(space->save(path));
    const auto again = std::move(*Space::load(path));
    std::vector<MadeRow> kept(rows.begin() + 2000, rows.begin() + 4499);
    kept.insert(kept.end(), more.begin(), more.end());
    EXPECT_EQ(again->size(), kept.size());
    const auto query = random_vector(random, shape.width);
    const auto expected = nearest_plainly(shape, kept, query, 30, [](const MadeRow&) { return true; });
    EXPECT_EQ(keys_of(again->top_k(query, 30)->hits), expected);
    EXPECT_EQ(keys_of(space->top_k(query, 30)->hits), expected);
}

TEST_F(Snapshots, OfAnEmptySpaceAreOnesToo) {
    saved({8, Metric::cosine, 0}, 0, 3);
    const auto space = std::move(*Space::load(path));
    EXPECT_EQ(space->size(), 0u);
    EXPECT_EQ(space->sequence(), 3u);
}

TEST_F(Snapshots, ThatWereCutAreFoundAtAnyLength) {
    saved({30, Metric::cosine, 1}, 9000);
    const auto whole = bytes();
    ASSERT_GT(whole.size(), std::size_t{1} << 20);
    for (int round = 0; round < 500; ++round) {
        auto cut = whole;
        cut.resize(round < 20 ? whole.size() - 1 - static_cast<std::size_t>(round) : random() % whole.size());
        write(cut);
        ASSERT_EQ(refused(), "vector.snapshot_damaged") << cut.size() << " of " << whole.size() << " bytes";
    }
    auto longer = whole;
    longer.push_back(0);
    write(longer);
    EXPECT_EQ(refused(), "vector.snapshot_damaged");
}

TEST_F(Snapshots, WithAnyBitFlippedAreFound) {
    saved({30, Metric::cosine, 1}, 9000);
    const auto whole = bytes();
    for (int round = 0; round < 500; ++round) {
        auto flipped = whole;
        // The first page, the sums at the end, and anywhere.
        const std::size_t at = round < 100 ? random() % 4096 : round < 120 ? whole.size() - 1 - random() % 8 : random() % whole.size();
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
        write(flipped);
        ASSERT_EQ(refused(), "vector.snapshot_damaged") << "byte " << at;
    }
    write(whole);
    EXPECT_EQ(refused(), "");
}

TEST_F(Snapshots, OfAnotherVersionAreNamedSo) {
    saved({30, Metric::cosine, 0}, 10);
    auto other = bytes();
    other[8] = 2;
    std::memset(other.data() + 44, 0, 4);
    const auto sum = crc32c({reinterpret_cast<const std::uint8_t*>(other.data()), 4096});
    std::memcpy(other.data() + 44, &sum, 4);
    write(other);
    EXPECT_EQ(refused(), "vector.snapshot_version");
}

TEST_F(Snapshots, ThatAreNoneAreRefused) {
    EXPECT_EQ(refused(), "vector.missing");
    write({});
    EXPECT_EQ(refused(), "vector.snapshot_damaged");
    write(std::vector<char>(10000, 'x'));
    EXPECT_EQ(refused(), "vector.snapshot_damaged");
    EXPECT_EQ(Space::load(folder).error().code, "vector.snapshot_damaged");
}

TEST_F(Snapshots, ThatCannotBeWrittenLeaveTheOldOneAndNothingElse) {
    auto space = saved({30, Metric::cosine, 0}, 10);
    const auto before = bytes();
    EXPECT_FALSE(space->save(folder / "missing" / "own.snapshot"));
    EXPECT_EQ(bytes(), before);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(Checksum, IsTheOneOfItsStandard) {
    const std::string_view digits = "123456789";
    const std::span<const std::uint8_t> bytes{reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()};
    EXPECT_EQ(crc32c(bytes), 0xe3069283u);  // RFC 3720, appendix B.4 and the catalogue of parametrised CRCs
    for (std::size_t size = 0; size < digits.size(); ++size) EXPECT_EQ(crc32c(bytes.first(size)), crc32c_by_table(bytes.first(size)));
}

}  // namespace
}  // namespace vitrine::vector
