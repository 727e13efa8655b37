#include "vector/learn.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vitrine::vector {
namespace {

constexpr std::size_t dimensions_most = 128;  // 64 and 256 lost on fashion-mnist (docs/decisions/0010)
constexpr std::size_t rows_for_directions = 6000;
constexpr std::size_t rows_per_cluster = 128;  // to learn its maps from
constexpr std::size_t rows_per_centre = 40;    // to move its centre by
constexpr int rounds_of_means = 8;
constexpr std::size_t clusters_of_query = 5;  // a row stands for the queries that come to these

// The largest of each row's products with the centres, less half their squares: the nearest centres, nearest first.
class Nearest {
public:
    Nearest(const Kernels& kernels, const Matrix& centres) : kernels_(kernels), centres_(centres), half_squares_(centres.rows) {
        for (std::size_t i = 0; i < centres.rows; ++i) {
            for (float number : centres.row(i)) half_squares_[i] += number * number;
            half_squares_[i] /= 2;
        }
    }
    const std::vector<float>& half_squares() const { return half_squares_; }

    // Calls take(row, its `count` nearest centres) for each of the first `rows` rows.
    template <class Take>
    void of(const Matrix& placed, std::size_t rows, std::size_t count, Take&& take) const {
        constexpr std::size_t at_once = 64;
        std::vector<float> near(at_once * centres_.rows);
        std::vector<std::uint32_t> order(centres_.rows);
        for (std::size_t from = 0; from < rows; from += at_once) {
            const std::size_t some = std::min(at_once, rows - from);
            kernels_.products(placed.row(from).data(), some, centres_.numbers.data(), centres_.rows, placed.width, near.data());
            for (std::size_t i = 0; i < some; ++i) {
                float* of_row = near.data() + i * centres_.rows;
                for (std::size_t c = 0; c < centres_.rows; ++c) of_row[c] -= half_squares_[c];
                if (count == 1) {
                    order[0] = static_cast<std::uint32_t>(std::max_element(of_row, of_row + centres_.rows) - of_row);
                } else {
                    std::iota(order.begin(), order.end(), 0u);
                    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                                      [&](auto a, auto b) { return of_row[a] > of_row[b] || (of_row[a] == of_row[b] && a < b); });
                }
                take(from + i, std::span<const std::uint32_t>(order).first(count));
            }
        }
    }

private:
    const Kernels& kernels_;
    const Matrix& centres_;
    std::vector<float> half_squares_;
};

// The directions in which the rows differ most, turned by chance so that no number of a row is larger than the others.
void learn_projection(Model& model, const View& view, std::span<const RowInView> rows, const Kernels& kernels, std::mt19937& random) {
    const std::size_t width = padded(view.shape.width);
    Matrix sample(std::min(rows.size(), rows_for_directions), width);
    std::vector<double> mean(width);
    for (std::size_t i = 0; i < sample.rows; ++i) {
        const float* vector = view.slots->row(rows[i].block->slot(rows[i].row));
        std::copy_n(vector, width, sample.row(i).begin());
        for (std::size_t j = 0; j < width; ++j) mean[j] += vector[j] / static_cast<double>(sample.rows);
    }
    for (std::size_t i = 0; i < sample.rows; ++i)
        for (std::size_t j = 0; j < width; ++j) sample.row(i)[j] -= static_cast<float>(mean[j]);
    const Matrix directions = leading_directions(kernels, second_moments(kernels, sample), model.dimensions, 6, random);
    const Matrix turned = products(kernels, random_directions(model.dimensions, model.dimensions, random), transposed(directions));
    for (std::size_t i = 0; i < model.dimensions; ++i) model.projection.set(i, turned.row(i));
    const std::vector<float> centre(mean.begin(), mean.end());
    model.mean = model.project(kernels, quantise_query(centre));
}

// k-means. An empty cluster begins anew at a row of chance.
void learn_centres(Model& model, const Matrix& placed, bool near, const Kernels& kernels, std::mt19937& random,
                   const std::stop_token& stop) {
    const std::size_t rows = std::min(placed.rows, model.clusters * rows_per_centre);
    for (std::size_t c = 0; c < model.clusters; ++c) std::copy_n(placed.row(c).begin(), placed.width, model.centres.row(c).begin());
    for (int round = 0; round < rounds_of_means && !stop.stop_requested(); ++round) {
        Matrix sums(model.clusters, placed.width);
        std::vector<std::size_t> counts(model.clusters);
        Nearest(kernels, model.centres).of(placed, rows, 1, [&](std::size_t row, auto nearest) {
            ++counts[nearest[0]];
            for (std::size_t j = 0; j < placed.width; ++j) sums.row(nearest[0])[j] += placed.row(row)[j];
        });
        for (std::size_t c = 0; c < model.clusters; ++c) {
            const auto from = counts[c] > 0 ? sums.row(c) : std::span<float>();
            const auto chance = placed.row(random() % rows);
            for (std::size_t j = 0; j < placed.width; ++j)
                model.centres.row(c)[j] = counts[c] > 0 ? from[j] / static_cast<float>(counts[c]) : chance[j];
        }
    }
    model.half_squares = Nearest(kernels, model.centres).half_squares();
    for (std::size_t c = 0; c < model.clusters; ++c) {
        model.centre_levels.set(c, model.centres.row(c));
        if (near) model.offsets[c] = model.half_squares[c] + kernels.dot(model.mean.data(), model.centres.row(c).data(), model.dimensions);
    }
}

// The reduced-rank regression of one cluster: of its own rows (beside its centre) on the queries that come to it.
// With S = L L' the queries' moments, the best maps of a rank lie along the leading eigenvectors u of (B L)'(B L):
// F = U L', A = U L^-1.
void learn_maps(Model& model, std::size_t cluster, const Matrix& own, const Matrix& queries, const Kernels& kernels, std::mt19937& random) {
    constexpr std::size_t rank = Model::rank;
    const std::size_t dimensions = model.dimensions;
    Matrix moments = second_moments(kernels, queries);
    float trace = 0;
    for (std::size_t i = 0; i < dimensions; ++i) trace += moments.row(i)[i];
    // Few queries leave directions that none of them has; what is added here keeps those from being trusted.
    for (std::size_t i = 0; i < dimensions; ++i) moments.row(i)[i] += 1e-3f * trace / static_cast<float>(dimensions) + 1e-12f;
    const Matrix lower = cholesky(std::move(moments));
    const Matrix weighed = products(kernels, own, transposed(lower));
    const Matrix leading = leading_directions(kernels, second_moments(kernels, weighed), rank, 5, random);
    Matrix row_maps = products(kernels, leading, lower);
    Matrix query_maps = solved_by_lower(lower, leading);
    // Codes and queries are rounded to bytes with one scale for all their numbers, so what a number carries is shared evenly: by size
    // between row and query, then among the numbers by a rotation.
    const Matrix codes = products(kernels, own, row_maps);
    for (std::size_t r = 0; r < rank; ++r) {
        float squares = 0;
        for (std::size_t i = 0; i < own.rows; ++i) squares += codes.row(i)[r] * codes.row(i)[r];
        const float size = std::sqrt(std::sqrt(std::max(squares / static_cast<float>(std::max<std::size_t>(1, own.rows)), 1e-20f)));
        for (float& number : row_maps.row(r)) number /= size;
        for (float& number : query_maps.row(r)) number *= size;
    }
    const Matrix rotation = random_directions(rank, rank, random);
    row_maps = products(kernels, rotation, transposed(row_maps));
    query_maps = products(kernels, rotation, transposed(query_maps));
    for (std::size_t r = 0; r < rank; ++r) {
        std::copy_n(row_maps.row(r).begin(), dimensions, model.row_maps.row(cluster * rank + r).begin());
        model.query_maps.set(cluster * rank + r, query_maps.row(r));
    }
}

Matrix gathered(const Matrix& from, std::span<const std::uint32_t> rows) {
    Matrix matrix(rows.size(), from.width);
    for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(from.row(rows[i]).begin(), from.width, matrix.row(i).begin());
    return matrix;
}

}  // namespace

std::size_t clusters_for(std::size_t rows) {
    // As many rows in each as twice the rank, or its maps would learn its rows by heart and be wrong about those that come later.
    const std::size_t most = rows / (2 * Model::rank);
    return std::clamp<std::size_t>(static_cast<std::size_t>(2 * std::sqrt(static_cast<double>(rows))), 1, std::max<std::size_t>(1, most));
}

std::vector<RowInView> sample(const View& view, std::size_t count, std::uint32_t seed) {
    std::vector<RowInView> all;
    all.reserve(view.count);
    for (const auto& [block, rows] : *view.blocks)
        for (std::size_t row = 0; row < rows; ++row) all.push_back({block.get(), row});
    std::mt19937 random(seed);
    count = std::min(count, all.size());
    for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + random() % (all.size() - i)]);
    all.resize(count);
    return all;
}

std::shared_ptr<const Model> learn(const View& view, std::span<const Key> held_out, const Kernels& kernels, const std::stop_token& stop) {
    const std::size_t dimensions = std::min(dimensions_most, view.shape.width / lanes * lanes);
    if (view.count < rows_to_learn_from || dimensions == 0) return nullptr;
    const std::size_t clusters = clusters_for(view.count);
    auto model = std::make_shared<Model>(view.shape.width, dimensions, clusters);
    std::mt19937 random(7);
    auto rows = sample(view, clusters * rows_per_cluster, 7);
    std::erase_if(rows,
                  [&](const RowInView& one) { return std::binary_search(held_out.begin(), held_out.end(), one.block->key(one.row)); });
    if (rows.size() < clusters) return nullptr;
    learn_projection(*model, view, rows, kernels, random);
    if (stop.stop_requested()) return nullptr;
    Matrix placed(rows.size(), dimensions);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto place = model->place(kernels, {view.slots->row(rows[i].block->slot(rows[i].row)), view.shape.width});
        std::copy(place.begin(), place.end(), placed.row(i).begin());
    }
    learn_centres(*model, placed, view.shape.metric == Metric::cosine, kernels, random, stop);
    if (stop.stop_requested()) return nullptr;
    std::vector<std::vector<std::uint32_t>> own(clusters), queries(clusters);
    Nearest(kernels, model->centres).of(placed, rows.size(), std::min(clusters, clusters_of_query), [&](std::size_t row, auto nearest) {
        own[nearest[0]].push_back(static_cast<std::uint32_t>(row));
        for (auto cluster : nearest) queries[cluster].push_back(static_cast<std::uint32_t>(row));
    });
    for (std::size_t cluster = 0; cluster < clusters && !stop.stop_requested(); ++cluster) {
        Matrix beside = gathered(placed, own[cluster]);
        for (std::size_t i = 0; i < beside.rows; ++i)
            for (std::size_t j = 0; j < dimensions; ++j) beside.row(i)[j] -= model->centres.row(cluster)[j];
        learn_maps(*model, cluster, beside, gathered(placed, queries[cluster]), kernels, random);
    }
    return stop.stop_requested() ? nullptr : model;
}

}  // namespace vitrine::vector
