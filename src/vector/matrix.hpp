#pragma once
// Inside this room only: the few things done with whole matrices while clusters are learned, built on one kernel, so that
// what is learned is the same on every processor.

#include <random>
#include <vector>

#include "vector/kernels.hpp"

namespace vitrine::vector {

// Row by row; a width that products are taken over is a multiple of eight.
struct Matrix {
    std::size_t rows = 0;
    std::size_t width = 0;
    std::vector<float> numbers;

    Matrix() = default;
    Matrix(std::size_t rows, std::size_t width) : rows(rows), width(width), numbers(rows * width) {}
    std::span<float> row(std::size_t i) { return {numbers.data() + i * width, width}; }
    std::span<const float> row(std::size_t i) const { return {numbers.data() + i * width, width}; }
};

// Of each row of `a` with each row of `b`.
Matrix products(const Kernels&, const Matrix& a, const Matrix& b);

// The sum over the rows of each row's products with itself: width x width.
Matrix second_moments(const Kernels&, const Matrix&);

// Rows of chance numbers, made orthonormal: of as many rows as width, a rotation.
Matrix random_directions(std::size_t rows, std::size_t width, std::mt19937&);

// The `count` leading eigenvectors of a symmetric matrix, as rows, by `rounds` of block power iteration.
Matrix leading_directions(const Kernels&, const Matrix& symmetric, std::size_t count, int rounds, std::mt19937&);

// Lower L with L times its transpose being the matrix, which is symmetric and positive: where it is not, by rounding, it is made so.
Matrix cholesky(Matrix);

// The rows a with a L = u for each row u.
Matrix solved_by_lower(const Matrix& lower, const Matrix& rows);

Matrix transposed(const Matrix&);

}  // namespace vitrine::vector
