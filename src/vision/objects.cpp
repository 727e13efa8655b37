#include "vision/objects.hpp"

#include <cmath>

#include "vision/seen.hpp"
#include "vision/views.hpp"

namespace vitrine::vision {
namespace {

constexpr int side = 416;
constexpr int classes = 80;
constexpr int bins = 11;
constexpr double overlap_max = 0.6;
constexpr std::size_t objects_max = 50;

// Names of the outputs in the published graph.
struct Grid {
    int stride;
    std::string_view scores, distances;
};
constexpr std::array grids{Grid{8, "Identity", "Identity_3"}, Grid{16, "Identity_1", "Identity_4"}, Grid{32, "Identity_2", "Identity_5"}};

constexpr std::array<float, 3> mean{103.53f, 116.28f, 123.675f};  // blue, green, red
constexpr std::array<float, 3> scale{1 / 57.375f, 1 / 57.12f, 1 / 58.395f};

// The mean of the distribution that softmax makes of the bins.
double expectation(std::span<const float> bins) {
    double sum = 0, weighted = 0;
    const double largest = *std::ranges::max_element(bins);
    for (std::size_t bin = 0; bin < bins.size(); ++bin) {
        const double share = std::exp(bins[bin] - largest);
        sum += share;
        weighted += share * static_cast<double>(bin);
    }
    return weighted / sum;
}

class ObjectsTask final : public Task {
public:
    ObjectsTask(Model model, std::string version) : model_(std::move(model)), version_(std::move(version) + "/2") {}
    std::string_view name() const override { return "objects"; }
    std::string version() const override { return version_; }

    Result<json::Value> run(const photo::Decoded& photo, const Seen& seen) override {
        if (const auto* kinds = seen.kinds(); kinds && kinds->kind.value == "clothing") return json::write(Objects{});
        const auto fitted = fit_square(photo.working, side);
        std::vector<Candidate> candidates;
        {
            auto lease = TRY(model_.lease());
            write_planes(fitted.square, Channels::bgr, mean, scale, lease.input());
            TRY(lease.infer());
            for (const auto& grid : grids)
                decode_grid(lease.output(grid.scores), lease.output(grid.distances), grid.stride, object_score_min, candidates);
        }
        auto kept = keep_best(std::move(candidates), overlap_max);
        kept.resize(std::min(kept.size(), objects_max));
        Objects found;
        for (const auto& candidate : kept)
            found.objects.push_back({std::string(coco_names()[static_cast<std::size_t>(candidate.label)]), candidate.score,
                                     box_of(in_original(candidate, fitted, photo))});
        return json::write(found);
    }

private:
    Model model_;
    std::string version_;
};

}  // namespace

void decode_grid(Floats scores, Floats distances, int stride, double score_min, std::vector<Candidate>& to) {
    const int across = (side + stride - 1) / stride;
    const auto cells = scores.values.size() / classes;
    for (std::size_t cell = 0; cell < cells; ++cell) {
        const auto of_cell = scores.values.subspan(cell * classes, classes);
        const auto best = std::ranges::max_element(of_cell);
        if (*best < score_min) continue;
        const auto sides = distances.values.subspan(cell * 4 * bins, 4 * bins);
        const double x = (static_cast<double>(cell % static_cast<std::size_t>(across)) + 0.5) * stride,
                     y = (static_cast<double>(cell / static_cast<std::size_t>(across)) + 0.5) * stride;
        auto reach = [&](std::size_t which) { return expectation(sides.subspan(which * bins, bins)) * stride; };
        to.push_back({*best, static_cast<int>(best - of_cell.begin()), x - reach(0), y - reach(1), x + reach(2), y + reach(3)});
    }
}

Result<std::unique_ptr<Task>> make_objects(Model model, std::string version) {
    TRY(model.warm());
    return std::make_unique<ObjectsTask>(std::move(model), std::move(version));
}

std::span<const std::string_view> coco_names() {
    static constexpr std::array<std::string_view, classes> names{
        "person",         "bicycle",    "car",           "motorcycle",    "airplane",     "bus",           "train",
        "truck",          "boat",       "traffic light", "fire hydrant",  "stop sign",    "parking meter", "bench",
        "bird",           "cat",        "dog",           "horse",         "sheep",        "cow",           "elephant",
        "bear",           "zebra",      "giraffe",       "backpack",      "umbrella",     "handbag",       "tie",
        "suitcase",       "frisbee",    "skis",          "snowboard",     "sports ball",  "kite",          "baseball bat",
        "baseball glove", "skateboard", "surfboard",     "tennis racket", "bottle",       "wine glass",    "cup",
        "fork",           "knife",      "spoon",         "bowl",          "banana",       "apple",         "sandwich",
        "orange",         "broccoli",   "carrot",        "hot dog",       "pizza",        "donut",         "cake",
        "chair",          "couch",      "potted plant",  "bed",           "dining table", "toilet",        "tv",
        "laptop",         "mouse",      "remote",        "keyboard",      "cell phone",   "microwave",     "oven",
        "toaster",        "sink",       "refrigerator",  "book",          "clock",        "vase",          "scissors",
        "teddy bear",     "hair drier", "toothbrush"};
    return names;
}

}  // namespace vitrine::vision
