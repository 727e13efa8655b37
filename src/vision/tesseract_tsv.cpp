#include "vision/tesseract_tsv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/utf8.hpp"

namespace vitrine::vision {
namespace {

constexpr std::size_t column_count = 12;
constexpr int word_level = 5;

// What stands before the next `end`, which is taken away with it.
std::string_view take_until(std::string_view& rest, char end) {
    const auto at = std::min(rest.find(end), rest.size());
    const auto taken = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return taken;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

using Place = std::array<int, 4>;  // page, block, paragraph, line

struct Word {
    Place place;
    std::string_view text;
    double confidence;
    int x, y, width, height;
};

bool is_text(std::string_view word) {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    return word.find_first_not_of(' ') != std::string_view::npos && std::ranges::none_of(word, control) && utf8::length(word);
}

// level page block paragraph line word left top width height confidence text
std::optional<Word> word_of(std::string_view row, int width, int height) {
    std::array<int, 10> numbers{};
    for (auto& cell : numbers) {
        const auto value = number<int>(take_until(row, '\t'));
        if (!value || *value < 0) return std::nullopt;
        cell = *value;
    }
    if (numbers[0] != word_level) return std::nullopt;
    const auto confidence = number<double>(take_until(row, '\t'));
    if (!confidence || !(*confidence >= 0 && *confidence <= 100) || !is_text(row)) return std::nullopt;

    const auto [x, y, across, down] = std::array{numbers[6], numbers[7], numbers[8], numbers[9]};
    if (x >= width || y >= height || across == 0 || down == 0) return std::nullopt;
    return Word{{numbers[1], numbers[2], numbers[3], numbers[4]},
                row,
                *confidence / 100,
                x,
                y,
                std::min(across, width - x),
                std::min(down, height - y)};
}

struct Growing {
    Place place;
    TesseractLine line;
    double weight = 0;

    void add(const Word& word) {
        const auto letters = static_cast<double>(word.text.size());
        if (line.text.empty()) {
            line.x = word.x, line.y = word.y, line.width = word.width, line.height = word.height;
        } else {
            line.text += ' ';
            const int right = std::max(line.x + line.width, word.x + word.width);
            const int bottom = std::max(line.y + line.height, word.y + word.height);
            line.x = std::min(line.x, word.x), line.y = std::min(line.y, word.y);
            line.width = right - line.x, line.height = bottom - line.y;
        }
        line.text += word.text;
        line.confidence = (line.confidence * weight + word.confidence * letters) / (weight + letters);
        weight += letters;
    }
};

}  // namespace

std::vector<TesseractLine> read_tesseract_table(std::string_view table, int width, int height, const TesseractBounds& bounds) {
    std::vector<TesseractLine> lines;
    std::optional<Growing> growing;
    while (!table.empty()) {
        const auto word = word_of(take_until(table, '\n'), width, height);
        if (!word || word->text.size() > bounds.line_bytes_max) continue;
        if (!growing || growing->place != word->place) {
            if (growing) lines.push_back(std::move(growing->line));
            if (lines.size() >= bounds.lines_max) return lines;
            growing = Growing{word->place, {}};
        }
        const std::size_t space = growing->line.text.empty() ? 0 : 1;
        if (growing->line.text.size() + space + word->text.size() <= bounds.line_bytes_max) growing->add(*word);
    }
    if (growing) lines.push_back(std::move(growing->line));
    return lines;
}

}  // namespace vitrine::vision
