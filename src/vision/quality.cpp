#include "vision/quality.hpp"

#include <opencv2/imgproc.hpp>

#include "photo/reduce.hpp"

namespace vitrine::vision {
namespace {

constexpr int side = 512;  // one size for all, so that a sharp small photo and a blurred large one compare

class QualityTask final : public Task {
public:
    std::string_view name() const override { return "quality"; }
    std::string version() const override { return "1"; }
    Result<json::Value> run(const photo::Decoded& photo, const Seen&) override { return json::write(quality_of(photo.working)); }
};

}  // namespace

std::unique_ptr<Task> make_quality() {
    return std::make_unique<QualityTask>();
}

// Sharpness: Pech-Pacheco et al. 2000, the variance of the Laplacian.
Quality quality_of(const photo::Picture& picture) {
    const auto extent = photo::fit(picture.width, picture.height, side);
    auto reduced = photo::reduced(picture, extent.width, extent.height);
    const cv::Mat small(reduced.height, reduced.width, CV_8UC3, reduced.rgb.data());
    cv::Mat grey, edges, lab;
    cv::cvtColor(small, grey, cv::COLOR_RGB2GRAY);
    cv::Laplacian(grey, edges, CV_16S);
    cv::Scalar mean, deviation;
    cv::meanStdDev(edges, mean, deviation);
    cv::cvtColor(small, lab, cv::COLOR_RGB2Lab);
    return {deviation[0] * deviation[0], cv::mean(lab)[0] * 100 / 255};
}

}  // namespace vitrine::vision
