#pragma once
// Inside this room only: it shows OpenCV.
// Which part of a picture is the thing itself: on a bed, a floor, a hanger.

#include <opencv2/core.hpp>

namespace vitrine::vision {

// `lab` is a small picture in CIELAB (float, about 128 px). The mask is 8-bit, 255 where the thing is; never empty.
//
// A colour counts as the thing's when it is more at home in the middle than along the edge (after the contrast of
// centre and surround: Achanta et al. 2009, Cheng et al. 2011). Things that reach over the edge and patterned blankets
// both come out right, which a model of the border alone gets wrong.
cv::Mat foreground(const cv::Mat& lab);

}  // namespace vitrine::vision
