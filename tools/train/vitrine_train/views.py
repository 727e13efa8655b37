"""From a photo file to the views the backbone sees.

The C++ `vision` room does exactly the same with OpenCV 4.6, so every flag here is part of the
contract in models/heads/README.md: change one and the heads must be trained again.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

SIDE = 260
"""Width and height of a view."""

LONGEST_SIDE = 1280
"""The largest picture that reaches the vision room."""

GREY = 127
"""What letterboxing fills with: zero once normalised."""

VIEWS = ("whole", "padded", "centre")


def read_photo(path: Path) -> np.ndarray:
    """The photo upright, 8-bit RGB [height, width, 3], longest side at most 1280."""
    with Image.open(path) as image:
        image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        upright = ImageOps.exif_transpose(image)
        if upright.mode in ("RGBA", "LA", "P"):
            # Transparent pictures are put on white, as a browser would show them.
            rgba = upright.convert("RGBA")
            white = Image.new("RGBA", rgba.size, "white")
            upright = Image.alpha_composite(white, rgba)
        pixels = np.asarray(upright.convert("RGB"))
    height, width = pixels.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return pixels


def resize(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """INTER_AREA when both sides shrink or stay, else INTER_CUBIC."""
    shrinks = width <= pixels.shape[1] and height <= pixels.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(pixels, (width, height), interpolation=how)


def whole(pixels: np.ndarray) -> np.ndarray:
    """The whole picture, its aspect ignored."""
    return resize(pixels, SIDE, SIDE)


def padded(pixels: np.ndarray) -> np.ndarray:
    """The whole picture on a grey square. Odd padding puts the extra pixel right or below."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = cv2.copyMakeBorder(
        pixels, top, side - height - top, left, side - width - left,
        cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY))
    return resize(square, SIDE, SIDE)


def centre(pixels: np.ndarray) -> np.ndarray:
    """The largest square in the middle; odd leftovers favour the top and left."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resize(pixels[top:top + side, left:left + side], SIDE, SIDE)


def view(pixels: np.ndarray, name: str) -> np.ndarray:
    """The view of that name, 8-bit RGB [260, 260, 3]."""
    return {"whole": whole, "padded": padded, "centre": centre}[name](pixels)


def normalised(pictures: np.ndarray) -> np.ndarray:
    """8-bit RGB [n, h, w, 3] -> float32 [n, 3, h, w], (x - 127) / 128."""
    return ((pictures.astype(np.float32) - 127.0) / 128.0).transpose(0, 3, 1, 2).copy()
