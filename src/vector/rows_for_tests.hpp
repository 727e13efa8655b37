#pragma once
// Inside this room only: rows made by chance, the same each time, and the answer to compare with.

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "vector/shape.hpp"

namespace vitrine::vector {

struct MadeRow {
    Key key = 0;
    std::vector<float> vector;
    std::vector<std::int64_t> fields;

    Row row() const { return {key, vector, fields}; }
};

inline std::vector<float> random_vector(std::mt19937& random, std::size_t width) {
    std::normal_distribution<float> normal;
    std::vector<float> made(width);
    for (float& number : made) number = normal(random);
    return made;
}

// Fields: key modulo 2, 10, 100 and so on.
inline std::vector<MadeRow> random_rows(std::mt19937& random, const Shape& shape, std::size_t count, Key first = 1) {
    std::vector<MadeRow> rows;
    for (std::size_t i = 0; i < count; ++i) {
        MadeRow row{first + i, random_vector(random, shape.width), {}};
        std::int64_t modulus = 2;
        for (std::uint32_t field = 0; field < shape.fields; ++field, modulus = field == 1 ? 10 : modulus * 10)
            row.fields.push_back(static_cast<std::int64_t>(row.key) % modulus);
        rows.push_back(std::move(row));
    }
    return rows;
}

// Rows as embeddings lie: in groups, each with a few directions of its own in which its rows differ, and a little noise in all.
class LikeEmbeddings {
public:
    LikeEmbeddings(std::size_t width, std::size_t groups, std::uint32_t seed) : random_(seed), width_(width) {
        for (std::size_t i = 0; i < groups; ++i) {
            centres_.push_back(random_vector(random_, width));
            for (std::size_t j = 0; j < directions; ++j) directions_.push_back(random_vector(random_, width));
        }
    }
    std::vector<float> next() { return next(random_() % centres_.size()); }
    std::vector<float> next(std::size_t group) {
        auto made = centres_[group];
        std::normal_distribution<float> normal;
        for (std::size_t j = 0; j < directions; ++j) {
            const float size = normal(random_) / static_cast<float>(1 + j / 4);
            for (std::size_t i = 0; i < width_; ++i) made[i] += size * directions_[group * directions + j][i];
        }
        for (float& number : made) number += 0.2f * normal(random_);
        return made;
    }
    // The first field is 0 to 9,999 by chance, the others are the group.
    std::vector<MadeRow> rows(const Shape& shape, std::size_t count, Key first = 1) {
        std::vector<MadeRow> rows;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t group = random_() % centres_.size();
            MadeRow row{first + i, next(group), {}};
            const auto chance = static_cast<std::int64_t>(random_() % 10000);
            for (std::uint32_t field = 0; field < shape.fields; ++field)
                row.fields.push_back(field == 0 ? chance : static_cast<std::int64_t>(group));
            rows.push_back(std::move(row));
        }
        return rows;
    }

private:
    static constexpr std::size_t directions = 12;
    std::mt19937 random_;
    std::size_t width_;
    std::vector<std::vector<float>> centres_;
    std::vector<std::vector<float>> directions_;
};

inline std::vector<Row> as_rows(const std::vector<MadeRow>& made) {
    std::vector<Row> rows;
    for (const MadeRow& one : made) rows.push_back(one.row());
    return rows;
}

// The answer by the plainest way there is, in double precision.
template <class Passes>
std::vector<Key> nearest_plainly(const Shape& shape, const std::vector<MadeRow>& rows, const std::vector<float>& query, std::size_t k,
                                 Passes&& passes) {
    std::vector<std::pair<double, Key>> scored;
    for (const MadeRow& row : rows) {
        if (!passes(row)) continue;
        double dot = 0, squares = 0;
        for (std::size_t i = 0; i < query.size(); ++i) {
            dot += static_cast<double>(row.vector[i]) * query[i];
            squares += static_cast<double>(row.vector[i]) * row.vector[i];
        }
        scored.push_back({shape.metric == Metric::cosine ? -dot / std::sqrt(squares) : -dot, row.key});
    }
    std::sort(scored.begin(), scored.end());
    std::vector<Key> keys;
    for (std::size_t i = 0; i < std::min(k, scored.size()); ++i) keys.push_back(scored[i].second);
    return keys;
}

inline std::vector<Key> keys_of(const std::vector<Hit>& hits) {
    std::vector<Key> keys;
    for (const Hit& hit : hits) keys.push_back(hit.key);
    return keys;
}

}  // namespace vitrine::vector
