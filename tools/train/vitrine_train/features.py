"""Runs the frozen backbone once over every photo and view, and keeps what it says on disk.

Everything later (linear heads, tails, calibration) reads these arrays, so the costly step is done
once. A finished array is never computed again.
"""

import queue
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import openvino

from . import views

BACKBONE_OUTPUTS = {"embedding": (1280,), "logits": (1000,), "stage5_mean": (120,), "stage6": (208, 9, 9)}
TRUNK_OUTPUTS = {"block15": (208, 9, 9)}
"""What graphs.save_backbone and graphs.save_trunk compute, and the shape of it for one picture."""


def augmented(pixels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A photo another hand might have taken: turned a little, cropped, mirrored, other light."""
    height, width = pixels.shape[:2]
    if generator.random() < 0.7:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), generator.uniform(-15, 15), 1.0)
        pixels = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_LINEAR,
                                borderMode=cv2.BORDER_REFLECT_101)
    area, aspect = generator.uniform(0.55, 1.0), np.exp(generator.uniform(-0.2, 0.2))
    crop_height = int(min(height, height * np.sqrt(area * aspect)))
    crop_width = int(min(width, width * np.sqrt(area / aspect)))
    top = generator.integers(0, height - crop_height + 1)
    left = generator.integers(0, width - crop_width + 1)
    pixels = pixels[top:top + crop_height, left:left + crop_width]
    if generator.random() < 0.5:
        pixels = pixels[:, ::-1]
    light = pixels.astype(np.float32)
    light = (light - 127) * generator.uniform(0.7, 1.3) + 127 * generator.uniform(0.75, 1.25)
    grey = light.mean(2, keepdims=True)
    light = grey + (light - grey) * generator.uniform(0.6, 1.4)
    light = light * generator.uniform(0.93, 1.07, size=3).astype(np.float32)
    return np.ascontiguousarray(np.clip(light, 0, 255).astype(np.uint8))


def make_view(pixels: np.ndarray, name: str, seed: int) -> np.ndarray:
    """`whole`, `padded`, `centre`; those with `_flip`; or `augmented_K`, drawn from the seed."""
    if name.startswith("augmented_"):
        number = int(name.removeprefix("augmented_"))
        changed = augmented(pixels, np.random.default_rng([seed, number]))
        return views.view(changed, views.VIEWS[number % 3])
    picture = views.view(pixels, name.removesuffix("_flip"))
    return np.ascontiguousarray(picture[:, ::-1]) if name.endswith("_flip") else picture


@dataclass(frozen=True)
class Extractor:
    """A network, what it computes, and where its answers are kept."""

    model: Path
    outputs: dict[str, tuple]
    cache: Path
    seed: int
    threads: int = 2

    def done(self, collection: str, view: str) -> Path:
        """The empty file that says: every output of that view is complete."""
        return self.cache / f"{collection}.{view}.{self.model.stem}.done"

    def array(self, collection: str, view: str, output: str) -> np.ndarray:
        """One finished array, mapped from disk."""
        return np.load(self.cache / f"{collection}.{view}.{output}.npy", mmap_mode="r")

    def extract(self, collection: str, paths: list[Path], view_names: list[str]) -> None:
        """Computes every missing view of the collection; each photo is decoded once."""
        missing = [v for v in view_names if not self.done(collection, v).exists()]
        if not missing:
            return
        self.cache.mkdir(parents=True, exist_ok=True)
        compiled = openvino.Core().compile_model(
            self.model, "CPU", {"INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY"})
        arrays = {
            (v, o): np.lib.format.open_memmap(
                self.cache / f"{collection}.{v}.{o}.npy", "w+", np.float16 if len(shape) == 3 else np.float32,
                (len(paths), *shape))
            for v in missing for o, shape in self.outputs.items()}
        for index, pictures in decoded_ahead(paths, missing, self.seed):
            for name, picture in zip(missing, pictures):
                answer = compiled(views.normalised(picture[None]))
                for output in self.outputs:
                    arrays[name, output][index] = answer[output][0]
            if index % 500 == 499:
                print(f"{collection}: {index + 1} of {len(paths)}", flush=True)
        for array in arrays.values():
            array.flush()
        for name in missing:
            self.done(collection, name).touch()


def decoded_ahead(paths, view_names, seed):
    """Yields (index, views of that photo) in order, decoding one step ahead of the network."""
    ready = queue.Queue(maxsize=8)

    def fill():
        for index, path in enumerate(paths):
            pixels = views.read_photo(path)
            ready.put((index, [make_view(pixels, name, seed * 1_000_003 + index) for name in view_names]))
        ready.put(None)

    threading.Thread(target=fill, daemon=True).start()
    while (item := ready.get()) is not None:
        yield item
