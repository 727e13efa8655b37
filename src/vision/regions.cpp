#include "vision/regions.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>

#include "photo/reduce.hpp"
#include "vision/findings.hpp"
#include "vision/foreground.hpp"
#include "vision/light.hpp"

namespace vitrine::vision {
namespace {

constexpr int mask_side = 128;

class RegionsTask final : public Task {
public:
    explicit RegionsTask(std::shared_ptr<const Backbone> backbone) : backbone_(std::move(backbone)) {}
    std::string_view name() const override { return "regions"; }
    std::string version() const override { return backbone_->version() + "/1 regions-1"; }
    Result<json::Value> run(const photo::Decoded& photo, const Seen&) override {
        Regions found;
        const double width = photo.header.width, height = photo.header.height;
        for (const auto& box : regions_of(photo.working)) {
            const auto cut = cut_out(photo.working, box);
            auto vector = TRY(backbone_->embedding(cut));
            const auto& [x, y, w, h] = box;
            found.regions.push_back({{x * width, y * height, w * width, h * height}, w * h, std::move(vector)});
        }
        return json::write(found);
    }

private:
    std::shared_ptr<const Backbone> backbone_;
};

}  // namespace

std::vector<std::array<double, 4>> regions_of(const photo::Picture& picture) {
    const auto extent = photo::fit(picture.width, picture.height, mask_side);
    const auto small = photo::reduced(picture, extent.width, extent.height);
    const cv::Mat pixels(small.height, small.width, CV_8UC3, const_cast<std::uint8_t*>(small.rgb.data()));  // only read
    const cv::Mat mask = foreground(Light(pixels).lab(pixels));

    // What is a pixel apart belongs together: a strap, a seam, a print.
    cv::Mat closed, labels, stats, centres;
    cv::morphologyEx(mask, closed, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_ELLIPSE, {5, 5}));
    const int parts = cv::connectedComponentsWithStats(closed, labels, stats, centres);

    std::vector<std::array<double, 4>> boxes;
    const double margin = region_margin * std::max(small.width, small.height);
    for (int part = 1; part < parts; ++part) {
        const double left = std::max(0.0, stats.at<int>(part, cv::CC_STAT_LEFT) - margin);
        const double top = std::max(0.0, stats.at<int>(part, cv::CC_STAT_TOP) - margin);
        const double right =
            std::min<double>(small.width, stats.at<int>(part, cv::CC_STAT_LEFT) + stats.at<int>(part, cv::CC_STAT_WIDTH) + margin);
        const double bottom =
            std::min<double>(small.height, stats.at<int>(part, cv::CC_STAT_TOP) + stats.at<int>(part, cv::CC_STAT_HEIGHT) + margin);
        const std::array<double, 4> box{left / small.width, top / small.height, (right - left) / small.width,
                                        (bottom - top) / small.height};
        const double share = box[2] * box[3];
        if (share >= region_share_min && share <= region_share_max) boxes.push_back(box);
    }
    std::ranges::sort(boxes, std::greater{}, [](const auto& box) { return box[2] * box[3]; });
    if (boxes.size() > regions_max) boxes.resize(regions_max);
    return boxes;
}

photo::Picture cut_out(const photo::Picture& picture, const std::array<double, 4>& box) {
    const int left = std::clamp(static_cast<int>(std::floor(box[0] * picture.width)), 0, picture.width - 1);
    const int top = std::clamp(static_cast<int>(std::floor(box[1] * picture.height)), 0, picture.height - 1);
    const int right = std::clamp(static_cast<int>(std::ceil((box[0] + box[2]) * picture.width)), left + 1, picture.width);
    const int bottom = std::clamp(static_cast<int>(std::ceil((box[1] + box[3]) * picture.height)), top + 1, picture.height);
    auto part = photo::blank(right - left, bottom - top);
    for (int y = 0; y < part.height; ++y)
        std::memcpy(part.row(y), picture.row(top + y) + static_cast<std::ptrdiff_t>(left) * 3, static_cast<std::size_t>(part.width) * 3);
    return part;
}

std::unique_ptr<Task> make_regions(std::shared_ptr<const Backbone> backbone) {
    return std::make_unique<RegionsTask>(std::move(backbone));
}

}  // namespace vitrine::vision
