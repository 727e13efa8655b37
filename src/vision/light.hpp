#pragma once
// Inside this room only: it shows OpenCV.
// Colours as they would look in good light: a phone's photo taken in a dim room is brightened before its colours are
// named, because people name the thing and not its picture.

#include <opencv2/core.hpp>

namespace vitrine::vision {

class Light {
public:
    // Learns from the whole picture (8-bit RGB) how dark it is. A picture whose brightest part is near white already
    // stays as it is; none is brightened more than 2.2 times.
    explicit Light(const cv::Mat& rgb);

    // The pixels (8-bit RGB) as CIELAB (D65; L 0..100) in that light, float, three channels, same shape.
    cv::Mat lab(const cv::Mat& rgb) const;

    double gain() const { return gain_; }

private:
    double gain_ = 1;
};

}  // namespace vitrine::vision
