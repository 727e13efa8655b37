#include "vector/matrix.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine::vector {
namespace {

float dot(std::span<const float> a, std::span<const float> b) {
    float sums[8] = {};
    for (std::size_t at = 0; at < a.size(); at += 8)
        for (std::size_t l = 0; l < 8; ++l) sums[l] += a[at + l] * b[at + l];
    return folded(sums);
}

// Gram and Schmidt, each row twice, because once leaves too much of the others in it.
void make_orthonormal(Matrix& matrix) {
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        const auto row = matrix.row(i);
        for (int time = 0; time < 2; ++time)
            for (std::size_t j = 0; j < i; ++j) {
                const auto other = matrix.row(j);
                const float part = dot(row, other);
                for (std::size_t l = 0; l < row.size(); ++l) row[l] -= part * other[l];
            }
        const float factor = 1 / std::sqrt(std::max(dot(row, row), 1e-30f));
        for (float& number : row) number *= factor;
    }
}

}  // namespace

Matrix products(const Kernels& kernels, const Matrix& a, const Matrix& b) {
    Matrix out(a.rows, b.rows);
    kernels.products(a.numbers.data(), a.rows, b.numbers.data(), b.rows, a.width, out.numbers.data());
    return out;
}

Matrix transposed(const Matrix& matrix) {
    Matrix out(matrix.width, matrix.rows);
    for (std::size_t i = 0; i < matrix.rows; ++i)
        for (std::size_t j = 0; j < matrix.width; ++j) out.numbers[j * matrix.rows + i] = matrix.numbers[i * matrix.width + j];
    return out;
}

Matrix second_moments(const Kernels& kernels, const Matrix& matrix) {
    Matrix columns(matrix.width, padded(matrix.rows));
    for (std::size_t i = 0; i < matrix.rows; ++i)
        for (std::size_t j = 0; j < matrix.width; ++j) columns.numbers[j * columns.width + i] = matrix.numbers[i * matrix.width + j];
    return products(kernels, columns, columns);
}

Matrix random_directions(std::size_t rows, std::size_t width, std::mt19937& random) {
    Matrix matrix(rows, width);
    std::normal_distribution<float> normal;
    for (float& number : matrix.numbers) number = normal(random);
    make_orthonormal(matrix);
    return matrix;
}

Matrix leading_directions(const Kernels& kernels, const Matrix& symmetric, std::size_t count, int rounds, std::mt19937& random) {
    Matrix directions = random_directions(count, symmetric.width, random);
    for (int round = 0; round < rounds; ++round) {
        directions = products(kernels, directions, symmetric);
        make_orthonormal(directions);
    }
    return directions;
}

Matrix cholesky(Matrix matrix) {
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        const auto row = matrix.row(i);
        for (std::size_t j = 0; j <= i; ++j) {
            const auto other = matrix.row(j);
            float sum = row[j];
            for (std::size_t l = 0; l < j; ++l) sum -= row[l] * other[l];
            row[j] = i == j ? std::sqrt(std::max(sum, 1e-12f)) : sum / other[j];
        }
        std::fill(row.begin() + static_cast<std::ptrdiff_t>(i) + 1, row.end(), 0.0f);
    }
    return matrix;
}

Matrix solved_by_lower(const Matrix& lower, const Matrix& rows) {
    Matrix out(rows.rows, rows.width);
    for (std::size_t r = 0; r < rows.rows; ++r) {
        const auto into = out.row(r);
        std::copy_n(rows.row(r).begin(), rows.width, into.begin());
        for (std::size_t i = rows.width; i-- > 0;) {
            into[i] /= lower.row(i)[i];
            for (std::size_t l = 0; l < i; ++l) into[l] -= lower.row(i)[l] * into[i];
        }
    }
    return out;
}

}  // namespace vitrine::vector
