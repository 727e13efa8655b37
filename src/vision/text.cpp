#include "vision/text.hpp"

#include <chrono>

#include "vision/findings.hpp"
#include "vision/seen.hpp"

namespace vitrine::vision {
namespace {

// Notes a stage's time when it ends.
class Stage {
public:
    Stage(const Seen& seen, std::string name) : seen_(seen), name_(std::move(name)) {}
    ~Stage() { seen_.note_ms(name_, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count()); }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

private:
    const Seen& seen_;
    std::string name_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Counters {
    explicit Counters(Metrics& metrics) {
        auto photo = [&](const char* end) {
            return &metrics.counter("vitrine_text_photos_total", "Photos looked at for text, by where looking ended", {{"end", end}});
        };
        glance = photo("glance");
        close = photo("close");
        for (std::size_t i = 0; i < gates.size(); ++i)
            boxes[i] = &metrics.counter("vitrine_text_boxes_total", "Boxes of text found, by what the gate did with them",
                                        {{"gate", std::string(name_of(gates[i]))}});
    }
    prometheus::Counter& box(Gate gate) const { return *boxes[static_cast<std::size_t>(gate)]; }

    prometheus::Counter* glance = nullptr;
    prometheus::Counter* close = nullptr;
    std::array<prometheus::Counter*, gates.size()> boxes{};
};

bool blank(const std::string& text) {
    return text.find_first_not_of(" \t\u3000") == std::string::npos;
}

// In pixels of the upright original.
TextLine line_of(Reading reading, const Quad& quad, const photo::Decoded& photo) {
    double across = static_cast<double>(photo.header.width) / photo.working.width;
    double down = static_cast<double>(photo.header.height) / photo.working.height;
    TextLine line{std::move(reading.text), reading.confidence, {}, {}};
    for (const auto& corner : quad) line.quad.insert(line.quad.end(), {corner.x * across, corner.y * down});
    auto [left, right] = std::minmax({line.quad[0], line.quad[2], line.quad[4], line.quad[6]});
    auto [top, bottom] = std::minmax({line.quad[1], line.quad[3], line.quad[5], line.quad[7]});
    line.box = {left, top, right - left, bottom - top};
    return line;
}

class TextTask final : public Task {
public:
    TextTask(TextDetector detector, TextReader reader, const TextOptions& options, Metrics& metrics)
        : detector_(std::move(detector)), reader_(std::move(reader)), options_(options), counters_(metrics) {}

    std::string_view name() const override { return "text"; }
    std::string version() const override { return detector_.version() + ", " + reader_.version() + "/3"; }
    Result<json::Value> run(const photo::Decoded& photo, const Seen& seen) override { return json::write(TRY(look(photo, seen))); }

private:
    Result<Text> look(const photo::Decoded& photo, const Seen& seen) const {
        const auto boxes = TRY(find(photo.working, seen));
        Text text;
        text.boxes_found = static_cast<int>(boxes.size());
        const auto large_enough = largest_lines(boxes, options_.gate.lines_max);
        Stage stage(seen, "text.read");
        std::vector<photo::Picture> cuts;
        std::vector<Quad> quads;
        for (std::size_t i = 0; i < boxes.size(); ++i) {
            auto cut = large_enough[i] ? std::optional(cut_line(photo, boxes[i].quad)) : std::nullopt;
            const auto gate = cut ? judge(look_at_line(*cut), options_.gate) : Gate::beyond;
            counters_.box(gate).Increment();
            if (gate != Gate::read) {
                ++text.boxes_skipped;
                continue;
            }
            cuts.push_back(std::move(*cut));
            quads.push_back(boxes[i].quad);
        }
        auto readings = TRY(reader_.read(std::move(cuts)));
        for (std::size_t i = 0; i < readings.size(); ++i)
            if (readings[i].confidence >= options_.confidence_least && !blank(readings[i].text))
                text.lines.push_back(line_of(std::move(readings[i]), quads[i], photo));
        return text;
    }

    Result<std::vector<TextBox>> find(const photo::Picture& picture, const Seen& seen) const {
        Glance glance;
        if (options_.detect.glance_side > 0) {
            Stage stage(seen, "text.glance");
            glance = TRY(detector_.glance(picture));
            if (glance.likely.empty()) {
                counters_.glance->Increment();
                return std::vector<TextBox>{};
            }
        }
        Stage stage(seen, "text.detect");
        counters_.close->Increment();
        return detector_.look_closely(picture, glance);
    }

    TextDetector detector_;
    TextReader reader_;
    TextOptions options_;
    Counters counters_;
};

}  // namespace

Result<std::unique_ptr<Task>> make_text(Opening& opening, const TextOptions& options) {
    auto detector = TRY(TextDetector::open(opening, options.detect));
    auto reader = TRY(TextReader::open(opening, options.read));
    return std::make_unique<TextTask>(std::move(detector), std::move(reader), options, opening.metrics());
}

}  // namespace vitrine::vision
