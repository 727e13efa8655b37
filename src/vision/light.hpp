#pragma once
// Inside this room only: it shows OpenCV.
// Colours as they would look in good light: a phone's photo taken in a dim room is brightened, and part of its lamp's
// colour is taken out, before its colours are named, because people name the thing and not its picture.

#include <opencv2/core.hpp>

namespace vitrine::vision {

class Light {
public:
    // Learns from the whole picture (8-bit RGB) how dark it is and which way its light leans (shades of grey: Finlayson
    // and Trezzi 2004, p = 4). A picture whose brightest part is near white already is not brightened, none more than 2.2
    // times; of the leaning about a third goes, since a red dress on a red carpet leans too.
    explicit Light(const cv::Mat& rgb);

    // The pixels (8-bit RGB) as CIELAB (D65; L 0..100) in that light, float, three channels, same shape.
    cv::Mat lab(const cv::Mat& rgb) const;

    double gain() const { return gain_; }

private:
    double gain_ = 1;
    cv::Vec3d balance_{1, 1, 1};  // of red, green, blue; leaves the luminance of grey as it is
};

}  // namespace vitrine::vision
