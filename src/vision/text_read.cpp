#include "vision/text_read.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>

#include "core/log.hpp"

namespace vitrine::vision {
namespace {

constexpr int line_height = 48;

// At the networks' height, as wide as that makes it, at most `width_max`.
photo::Picture levelled(const photo::Picture& line, int width_max) {
    int width = static_cast<int>(std::ceil(static_cast<double>(line_height) * line.width / line.height));
    return bilinear(line, std::clamp(width, 1, width_max), line_height);
}

// One line on two cores is read hardly faster than on one, so each gets one, and several are read side by side.
std::int64_t lines_at_once(const Opening& opening) {
    constexpr std::int64_t most = 4;  // each has working memory of its own
    return std::min(opening.threads(), most);
}

}  // namespace

Result<TextReader> TextReader::open(Opening& opening, const TextReadOptions& options) {
    auto packed_turn = TRY(opening.packed("text_turn"));
    auto packed_read = TRY(opening.packed("text_read"));
    auto alphabet = TRY(read_alphabet(packed_read.file));
    const auto at_once = lines_at_once(opening);
    auto turn =
        TRY(opening.load("text_turn", {.name = "text.turn", .inputs = {{1, 3, line_height, 192}}, .leases = at_once, .threads = 1}));
    auto read = TRY(opening.load("text_read", {.name = "text.read", .inputs = {{1, 3, line_height, -1}}, .leases = at_once, .threads = 1}));
    TRY(turn.warm());
    TRY(read.warm(std::array<Shape, 1>{Shape{1, 3, line_height, options.width_least}}));
    return TextReader(std::move(turn), std::move(read), std::move(alphabet), packed_turn.version + ", " + packed_read.version, options,
                      static_cast<std::size_t>(at_once));
}

Result<std::vector<Reading>> TextReader::read(std::vector<photo::Picture> lines) const {
    std::vector<std::optional<Result<Reading>>> read(lines.size());
    std::atomic<std::size_t> next = 0;
    auto work = [&, request = log::Context::request_id()] {
        log::Context context(request);
        for (std::size_t line; (line = next++) < lines.size();) read[line] = this->read(std::move(lines[line]));
    };
    {
        std::vector<std::future<void>> others;
        for (std::size_t other = 1; other < std::min(lines.size(), at_once_); ++other)
            others.push_back(std::async(std::launch::async, work));
        work();
        for (auto& other : others) other.get();
    }
    std::vector<Reading> readings;
    for (auto& reading : read) readings.push_back(TRY(std::move(*reading)));
    return readings;
}

Result<bool> TextReader::upside_down(const photo::Picture& line) const {
    constexpr int width = 192;
    constexpr float sure = 0.9f;
    const auto small = levelled(line, width);
    auto lease = TRY(turn_.lease());
    fill_planes(small, {0, 0, small.width, line_height}, width, lease.input());
    TRY(lease.infer());
    const auto upright_and_turned = lease.output().values;
    return upright_and_turned.size() == 2 && upright_and_turned[1] > upright_and_turned[0] && upright_and_turned[1] > sure;
}

Result<Reading> TextReader::read(photo::Picture line) const {
    if (TRY(upside_down(line))) turn_around(line);
    const auto level = levelled(line, options_.width_max);
    const int width = std::max(options_.width_least, (level.width + options_.width_step - 1) / options_.width_step * options_.width_step);
    auto lease = TRY(read_.lease());
    fill_planes(level, {0, 0, level.width, line_height}, width, lease.input({1, 3, line_height, width}));
    TRY(lease.infer());
    const auto scores = lease.output();
    if (scores.shape.empty() || scores.shape.back() != static_cast<std::int64_t>(alphabet_->size()))
        return Error{Kind::corrupt, "vision.model_damaged",
                     "The text reader and its letters do not belong together. Run `vitrine models pull`."};
    return read_steps(scores.values, *alphabet_);
}

}  // namespace vitrine::vision
