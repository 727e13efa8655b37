#include "vision/colours.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "photo/reduce.hpp"
#include "vision/foreground.hpp"
#include "vision/light.hpp"

namespace vitrine::vision {
namespace {

constexpr int sample_side = 512;  // where colours are taken: threads of a fine pattern still stand apart
constexpr int mask_side = 128;
constexpr int pixels_max = 3000;
constexpr int groups_max = 6;  // before those that look alike are joined
constexpr double alike = 12;   // CIE94, textiles
constexpr double share_min = 0.02;
constexpr std::size_t colours_max = 5;

// One colour of the thing: its pixels in CIELAB, one a row.
struct Group {
    std::vector<cv::Vec3f> pixels;
    cv::Vec3d mean{};
};

photo::Picture shrunk(const photo::Picture& picture, int side) {
    auto extent = photo::fit(picture.width, picture.height, side);
    return photo::reduced(picture, extent.width, extent.height);
}

cv::Mat matrix(const photo::Picture& picture) {
    return {picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data())};  // only read
}

// At most pixels_max of the pixels under the mask, evenly spread, as one column.
cv::Mat pixels_under(const cv::Mat& mask, const cv::Mat& picture) {
    cv::Mat large;
    cv::resize(mask, large, picture.size(), 0, 0, cv::INTER_NEAREST);
    int step = std::max(1, cv::countNonZero(large) / pixels_max), seen = 0;
    cv::Mat pixels;
    for (int y = 0; y < large.rows; ++y)
        for (int x = 0; x < large.cols; ++x)
            if (large.at<std::uint8_t>(y, x) && seen++ % step == 0) pixels.push_back(picture.at<cv::Vec3b>(y, x));
    return pixels;
}

// CIE 116-1995 with the textile industry's factors: folds make one fabric lighter and darker, hardly another hue.
double difference(const cv::Vec3d& one, const cv::Vec3d& other) {
    double c1 = std::hypot(one[1], one[2]), c2 = std::hypot(other[1], other[2]), c = std::sqrt(c1 * c2);
    double dl = one[0] - other[0], dc = c1 - c2, da = one[1] - other[1], db = one[2] - other[2];
    double dh2 = std::max(0.0, da * da + db * db - dc * dc), sc = 1 + 0.048 * c, sh = 1 + 0.014 * c;
    return std::sqrt(dl * dl / 4 + dc * dc / (sc * sc) + dh2 / (sh * sh));
}

std::vector<Group> group(const cv::Mat& pixels) {
    cv::Mat points = pixels.clone().reshape(1, pixels.rows);
    points.col(0) *= 0.5;
    cv::Mat labels, centres;
    cv::theRNG().state = 7;  // the same photo always gives the same answer
    cv::kmeans(points, std::min(groups_max, points.rows), labels, {cv::TermCriteria::COUNT | cv::TermCriteria::EPS, 12, 0.5}, 1,
               cv::KMEANS_PP_CENTERS, centres);
    std::vector<Group> groups(static_cast<std::size_t>(centres.rows));
    for (int i = 0; i < pixels.rows; ++i) {
        Group& into = groups[static_cast<std::size_t>(labels.at<int>(i))];
        into.pixels.push_back(pixels.at<cv::Vec3f>(i));
        into.mean += pixels.at<cv::Vec3f>(i);
    }
    std::erase_if(groups, [](const Group& one) { return one.pixels.empty(); });
    for (Group& one : groups) one.mean /= static_cast<double>(one.pixels.size());
    return groups;
}

// Joins the two closest groups again and again until all are told apart.
void join_alike(std::vector<Group>& groups) {
    while (groups.size() > 1) {
        std::size_t a = 0, b = 1;
        for (std::size_t i = 0; i < groups.size(); ++i)
            for (std::size_t k = i + 1; k < groups.size(); ++k)
                if (difference(groups[i].mean, groups[k].mean) < difference(groups[a].mean, groups[b].mean)) a = i, b = k;
        if (difference(groups[a].mean, groups[b].mean) > alike) return;
        Group &into = groups[a], &from = groups[b];
        auto into_size = static_cast<double>(into.pixels.size()), from_size = static_cast<double>(from.pixels.size());
        into.mean = (into.mean * into_size + from.mean * from_size) / (into_size + from_size);
        into.pixels.insert(into.pixels.end(), from.pixels.begin(), from.pixels.end());
        groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(b));
    }
}

// What a person would call the group's colour is that of its lit parts: the mean without deep folds and highlights.
cv::Vec3d lit_colour(Group& of) {
    auto size = static_cast<double>(of.pixels.size());
    auto from = static_cast<std::size_t>(0.25 * size), to = std::max(from + 1, static_cast<std::size_t>(0.9 * size));
    std::ranges::sort(of.pixels, {}, [](const cv::Vec3f& pixel) { return pixel[0]; });
    cv::Vec3d sum{};
    for (std::size_t i = from; i < to; ++i) sum += of.pixels[i];
    return sum / static_cast<double>(to - from);
}

class ColoursTask final : public Task {
public:
    std::string_view name() const override { return "colours"; }
    std::string version() const override { return "2"; }
    Result<json::Value> run(const photo::Decoded& photo, const Seen&) override { return json::write(main_colours(photo.working)); }
};

}  // namespace

std::unique_ptr<Task> make_colours() {
    // OpenCV builds its CIELAB tables on first use, 0.1 s: now rather than in somebody's first photo.
    const cv::Mat pixel(1, 1, CV_8UC3, cv::Scalar(0, 0, 0));
    Light(pixel).lab(pixel);
    return std::make_unique<ColoursTask>();
}

Colours main_colours(const photo::Picture& picture) {
    const auto sample = shrunk(picture, sample_side), small = shrunk(sample, mask_side);
    const Light light(matrix(small));
    const cv::Mat mask = foreground(light.lab(matrix(small)));
    const cv::Mat pixels = light.lab(pixels_under(mask, matrix(sample)));

    auto groups = group(pixels);
    join_alike(groups);
    std::ranges::sort(groups, std::greater{}, [](const Group& one) { return one.pixels.size(); });

    Colours found;
    found.foreground = cv::countNonZero(mask) / static_cast<double>(mask.total());
    for (Group& one : groups) {
        double share = static_cast<double>(one.pixels.size()) / pixels.rows;
        if (share < share_min || found.colours.size() == colours_max) break;
        cv::Vec3d lab = lit_colour(one);
        found.colours.push_back({lab[0], lab[1], lab[2], share});
    }
    return found;
}

}  // namespace vitrine::vision
