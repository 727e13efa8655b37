#pragma once
// Inside this room only: what was learned of a space's rows, by which a query finds the clusters that hold its nearest rows and
// scores their rows cheaply.
//
// After LoRANN (Jaasaari, Hyvonen, Roos: "LoRANN: Low-Rank Matrix Factorization for Approximate Nearest Neighbor Search", NeurIPS
// 2024). Rows and queries are seen in a few dimensions of their own (x -> z = P (x - mean), q -> t = P q). There the rows are gathered
// into clusters by k-means, and in each cluster a reduced-rank regression finds, of all maps of that rank, those by which
// the products of the cluster's rows with queries that come to it are told best:
//   <q, x> = const + <t, c> + <A t, F (z - c)> + error         c: the cluster's centre, A: query map, F: row map, both rank x dimensions
// A row is then the bytes of F (z - c), its code. Unlike LoRANN's its row map is kept: the code of a row that comes later is the same
// linear map of it, so that an insert is a product and nothing has to be learned again.

#include <memory>
#include <vector>

#include "vector/kernels.hpp"
#include "vector/matrix.hpp"
#include "vector/memory.hpp"
#include "vector/quantise.hpp"

namespace vitrine::vector {

// Rows of bytes with a scale each, as query maps of all kinds are kept.
struct ByteRows {
    std::size_t width;  // a multiple of `lanes`
    Memory<std::int8_t> levels;
    std::vector<float> scales;

    ByteRows(std::size_t rows, std::size_t width) : width(width), levels(rows * width), scales(rows) {}
    std::size_t rows() const { return scales.size(); }
    void set(std::size_t row, std::span<const float> numbers) {
        scales[row] = quantise_row(numbers, {levels.data() + row * width, width}).scale;
    }
    // out[i] = the product of row first + i with the query.
    void apply(const Kernels&, const QuantisedQuery&, std::size_t first, std::span<float> out) const;
};

struct Code {
    std::vector<std::int8_t> numbers;
    float scale = 0;
};

// Never changed once it is in a view.
class Model {
public:
    static constexpr std::size_t rank = 32;

    Model(std::size_t width, std::size_t dimensions, std::size_t clusters)
        : dimensions(dimensions),
          clusters(clusters),
          projection(dimensions, padded(width)),
          mean(dimensions),
          centres(clusters, dimensions),
          half_squares(clusters),
          offsets(clusters),
          row_maps(clusters * rank, dimensions),
          centre_levels(clusters, dimensions),
          query_maps(clusters * rank, dimensions) {}

    // P q, of a query or a row.
    std::vector<float> project(const Kernels&, const QuantisedQuery&) const;
    // z = P (x - mean).
    std::vector<float> place(const Kernels&, std::span<const float> row) const;
    std::size_t cluster_of(const Kernels&, std::span<const float> placed) const;
    void encode(const Kernels&, std::size_t cluster, std::span<const float> placed, Code&) const;

    std::size_t bytes() const {
        const auto of_bytes = [](const ByteRows& rows) { return rows.levels.size() + rows.rows() * sizeof(float); };
        const auto of_floats = [](const Matrix& rows) { return rows.numbers.size() * sizeof(float); };
        return of_bytes(projection) + of_bytes(centre_levels) + of_bytes(query_maps) + of_floats(centres) + of_floats(row_maps) +
               (mean.size() + half_squares.size()) * sizeof(float);
    }

    const std::size_t dimensions;
    const std::size_t clusters;
    ByteRows projection;              // P
    std::vector<float> mean;          // P mean
    Matrix centres;                   // c
    std::vector<float> half_squares;  // |c|^2 / 2
    // |c|^2 / 2 + <P mean, c>: a query's product with c less this says how near it is, which orders clusters far better than the
    // product alone where all rows are of one length (half as many clusters hold the nearest). For inner products 0.
    std::vector<float> offsets;
    Matrix row_maps;         // F, `rank` rows a cluster
    ByteRows centre_levels;  // c again, for queries
    ByteRows query_maps;     // A, `rank` rows a cluster
};

}  // namespace vitrine::vector
