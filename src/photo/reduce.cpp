#include "photo/reduce.hpp"

#include <cassert>

namespace vitrine::photo {
namespace {

// Blocks of a constant size, which the compiler turns into vector instructions at -O2 too.
void add_weighted(std::uint16_t* __restrict sums, const std::uint8_t* __restrict values, std::uint16_t weight, std::size_t count) {
    constexpr std::size_t block = 16;
    std::size_t i = 0;
    for (; i + block <= count; i += block)
        for (std::size_t k = 0; k < block; ++k) sums[i + k] = static_cast<std::uint16_t>(sums[i + k] + weight * values[i + k]);
    for (; i < count; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + weight * values[i]);
}

}  // namespace

Picture blank(int width, int height) {
    Picture picture{width, height, {}};
    picture.rgb.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    return picture;
}

Reducer::Reducer(int source_width, int source_height, int width, int height)
    : source_width_(source_width),
      columns_(weigh(source_width, width)),
      rows_(weigh(source_height, height)),
      row_(static_cast<std::size_t>(source_width) * 3),
      picture_(blank(width, height)) {}

// The edges of source pixels are placed on a ruler of `unit` marks a result pixel, so that the weights of each result
// pixel add up to `unit` exactly, whatever the rounding.
std::vector<Reducer::Weight> Reducer::weigh(int source, int result) {
    assert(result > 0 && result <= source);
    std::vector<Weight> weights(static_cast<std::size_t>(source));
    std::int64_t from = 0;
    for (int at = 0; at < source; ++at) {
        std::int64_t to = (static_cast<std::int64_t>(at + 1) * result * unit + source / 2) / source;
        auto into = std::min<std::int64_t>(from / unit, result - 1);
        auto edge = std::min<std::int64_t>(to, (into + 1) * unit);
        weights[static_cast<std::size_t>(at)] = {static_cast<int>(into), static_cast<std::uint16_t>(edge - from),
                                                 static_cast<std::uint16_t>(to - edge)};
        from = to;
    }
    return weights;
}

void Reducer::add_row(const std::uint8_t* rgb) {
    const Weight& weight = rows_[static_cast<std::size_t>(source_row_++)];
    if (weight.first) add_weighted(row_.data(), rgb, weight.first, row_.size());
    bool last = source_row_ == static_cast<int>(rows_.size());
    if (!last && weight.second == 0 && rows_[static_cast<std::size_t>(source_row_)].into == row_at_) return;
    finish_row();
    if (weight.second) add_weighted(row_.data(), rgb, weight.second, row_.size());
}

void Reducer::finish_row() {
    std::uint8_t* out = picture_.row(row_at_);
    const std::uint16_t* in = row_.data();
    std::array<std::uint32_t, 3> sums{};
    int column = 0;
    const auto write = [&] {
        for (std::size_t c = 0; c < 3; ++c) *out++ = static_cast<std::uint8_t>((sums[c] + unit * unit / 2) / (unit * unit));
        ++column;
    };
    for (int x = 0; x < source_width_; ++x, in += 3) {
        const Weight& weight = columns_[static_cast<std::size_t>(x)];
        if (weight.into != column) {
            write();
            sums = {};
        }
        for (std::size_t c = 0; c < 3; ++c) sums[c] += in[c] * std::uint32_t{weight.first};
        if (weight.second) {
            write();
            for (std::size_t c = 0; c < 3; ++c) sums[c] = in[c] * std::uint32_t{weight.second};
        }
    }
    if (column < picture_.width) write();
    std::ranges::fill(row_, std::uint16_t{0});
    ++row_at_;
}

Picture reduced(const Picture& picture, int width, int height) {
    if (width == picture.width && height == picture.height) return picture;
    Reducer reducer(picture.width, picture.height, width, height);
    for (int y = 0; y < picture.height; ++y) reducer.add_row(picture.row(y));
    return reducer.take();
}

Extent fit(int width, int height, int side) {
    int longer = std::max(width, height);
    if (longer <= side) return {width, height};
    const auto scaled = [&](int length) {
        return std::max(
            1, static_cast<int>((static_cast<std::int64_t>(length) * side * 2 + longer) / (2 * static_cast<std::int64_t>(longer))));
    };
    return {scaled(width), scaled(height)};
}

}  // namespace vitrine::photo
