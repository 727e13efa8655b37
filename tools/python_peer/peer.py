"""The steps of `vitrine bench photo` as one would write them in Python: the peer of `make bench`.

Pillow decodes and shrinks, rapidocr reads text, ONNX Runtime runs the models that are ONNX files, OpenVINO's own Python
package those that are not (that is faster than converting them), OpenCV finds the colours. Every model is loaded before
the first photo, and each runs on two threads. What the program does besides (derived pictures, heads, composing,
SQLite) is left out, in the peer's favour.

    python peer.py --models DIR --photos DIR [--warm N] [--shrinking]     prints one JSON line: n p50 p95 per_s rss_mb stages
"""

import argparse
import io
import json
import logging
import resource
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import openvino
from PIL import Image, ImageOps
from rapidocr import RapidOCR

THREADS = 2


class Models:
    def __init__(self, folder: Path):
        core = openvino.Core()
        settings = {"INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY"}

        def compiled(name):
            return core.compile_model(str(folder / name), "CPU", settings)

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        self.nudity = onnxruntime.InferenceSession(str(folder / "open_nsfw.onnx"), options)
        self.lite2 = compiled("lite2.xml")
        self.nanodet = compiled("nanodet.xml")
        self.face_short = compiled("face_short.tflite")
        self.face_full = compiled("face_full.tflite")
        self.pose = compiled("pose.tflite")
        self.ocr = RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": THREADS})


def planes(rgb, side, mean, scale, interpolation):
    small = cv2.resize(rgb, (side, side), interpolation=interpolation).astype(np.float32)
    return np.ascontiguousarray(((small - mean) * scale).transpose(2, 0, 1)[None])


def signed(rgb, side):
    return (cv2.resize(rgb, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1)[None]


def decode(path, shrinking):
    picture = Image.open(path)
    if shrinking:
        picture.draft("RGB", (1280, 1280))  # libjpeg halves while it decodes
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    picture.thumbnail((1280, 1280), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def kinds(models, rgb):
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    for view in (rgb, rgb[top : top + side, left : left + side]):
        models.lite2(planes(view, 260, 127, 1 / 128, cv2.INTER_CUBIC))


def objects(models, rgb):
    mean, deviation = np.array([103.53, 116.28, 123.675]), np.array([57.375, 57.12, 58.395])
    models.nanodet(planes(rgb[..., ::-1], 416, mean, 1 / deviation, cv2.INTER_AREA).astype(np.float32))


def moderation(models, rgb):
    small = cv2.resize(rgb, (256, 256), interpolation=cv2.INTER_LINEAR)[16:240, 16:240]
    buffer = io.BytesIO()
    Image.fromarray(small).save(buffer, "JPEG", quality=75)
    again = np.asarray(Image.open(buffer))[..., ::-1].astype(np.float32) - (104, 117, 123)
    models.nudity.run(None, {models.nudity.get_inputs()[0].name: again[None].astype(np.float32)})
    models.face_short(signed(rgb, 128))
    models.face_full(signed(rgb, 192))
    models.pose(signed(rgb, 224))


def colours(_, rgb):
    small = cv2.cvtColor(cv2.resize(rgb, (128, 128), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    pixels = small.reshape(-1, 3).astype(np.float32)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    cv2.kmeans(pixels, 5, None, stop, 2, cv2.KMEANS_PP_CENTERS)


def text(models, rgb):
    models.ocr(rgb[..., ::-1])


STEPS = {"kinds": kinds, "objects": objects, "moderation": moderation, "colours": colours, "text": text}


def look(models, path, spent, shrinking):
    start = time.perf_counter()
    rgb = decode(path, shrinking)
    spent["decode"].append(time.perf_counter() - start)
    for name, step in STEPS.items():
        step_start = time.perf_counter()
        step(models, rgb)
        spent[name].append(time.perf_counter() - step_start)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--warm", type=int, default=5, help="the last photos warm the models and are not measured")
    parser.add_argument("--shrinking", action="store_true", help="let libjpeg shrink while it decodes, which few programs do")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    cv2.setNumThreads(THREADS)

    photos = sorted(path for path in arguments.photos.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
    models = Models(arguments.models)
    for path in photos[-arguments.warm :]:
        look(models, path, defaultdict(list), arguments.shrinking)
    spent = defaultdict(list)
    start = time.perf_counter()
    times = [look(models, path, spent, arguments.shrinking) * 1000 for path in photos[: -arguments.warm]]
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "n": len(times),
                "p50": float(np.percentile(times, 50)),
                "p95": float(np.percentile(times, 95)),
                "per_s": len(times) / seconds,
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "stages": {name: float(np.mean(values)) * 1000 for name, values in spent.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
