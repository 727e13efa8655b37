#include "vector/model.hpp"

#include <algorithm>

namespace vitrine::vector {

void ByteRows::apply(const Kernels& kernels, const QuantisedQuery& query, std::size_t first, std::span<float> out) const {
    constexpr std::size_t at_once = 256;
    std::int32_t sums[at_once];
    for (std::size_t done = 0; done < out.size(); done += at_once) {
        const std::size_t count = std::min(at_once, out.size() - done);
        kernels.score_rows(levels.data() + (first + done) * width, count, width, query.levels.data(), sums);
        for (std::size_t i = 0; i < count; ++i) out[done + i] = static_cast<float>(sums[i]) * (scales[first + done + i] * query.scale);
    }
}

std::vector<float> Model::project(const Kernels& kernels, const QuantisedQuery& query) const {
    std::vector<float> projected(dimensions);
    projection.apply(kernels, query, 0, projected);
    return projected;
}

std::vector<float> Model::place(const Kernels& kernels, std::span<const float> row) const {
    auto placed = project(kernels, quantise_query(row));
    for (std::size_t i = 0; i < dimensions; ++i) placed[i] -= mean[i];
    return placed;
}

std::size_t Model::cluster_of(const Kernels& kernels, std::span<const float> placed) const {
    std::vector<float> near(clusters);
    kernels.products(placed.data(), 1, centres.numbers.data(), clusters, dimensions, near.data());
    for (std::size_t i = 0; i < clusters; ++i) near[i] -= half_squares[i];
    return static_cast<std::size_t>(std::max_element(near.begin(), near.end()) - near.begin());
}

void Model::encode(const Kernels& kernels, std::size_t cluster, std::span<const float> placed, Code& code) const {
    std::vector<float> beside(dimensions);
    const auto centre = centres.row(cluster);
    for (std::size_t i = 0; i < dimensions; ++i) beside[i] = placed[i] - centre[i];
    float numbers[rank];
    kernels.products(beside.data(), 1, row_maps.row(cluster * rank).data(), rank, dimensions, numbers);
    const float most = largest(numbers);
    code.numbers.resize(rank);
    code.scale = most / 127;
    for (std::size_t i = 0; i < rank; ++i)
        code.numbers[i] = static_cast<std::int8_t>(most > 1e-30f ? rounded(numbers[i] * (127 / most)) : 0);
}

}  // namespace vitrine::vector
