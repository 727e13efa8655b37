"""Photographs a drawn label: lays it on cloth, bends and tilts it, lights it, and blurs it as a hand-held phone does."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np
from PIL import Image

SIZES = ((1280, 960), (960, 1280), (1600, 1200), (1200, 1600), (2016, 1512), (3024, 4032), (800, 600))


@dataclass
class Photo:
    pixels: np.ndarray  # RGB, 8 bit
    quality: int        # of the JPEG
    hardness: str       # easy, medium, hard: how much was done to it


def photograph(label: Image.Image, random: Random, backgrounds: list[Path]) -> Photo:
    grain = np.random.default_rng(random.getrandbits(32))
    width, height = random.choice(SIZES)
    hardness = random.choices(("easy", "medium", "hard"), (4, 4, 2))[0]
    strength = {"easy": 0.3, "medium": 0.65, "hard": 1.0}[hardness]

    cloth = _photo_cloth(random.choice(backgrounds), width, height, random) if backgrounds and random.random() < 0.6 else _woven_cloth(width, height, random, grain)
    pixels = _laid(np.asarray(label).astype(np.float32), cloth, random, strength)
    pixels = _lit(pixels, random, strength)
    pixels = _blurred(pixels, random, strength)
    pixels += grain.normal(0, random.uniform(1, 3 + 9 * strength), pixels.shape).astype(np.float32)
    return Photo(np.clip(pixels, 0, 255).astype(np.uint8), random.randint(round(92 - 32 * strength), 95), hardness)


def _woven_cloth(width: int, height: int, random: Random, grain: np.random.Generator) -> np.ndarray:
    """Twill, rib or plain weave of one colour, with soft folds."""
    base = np.array([random.randint(20, 235) for _ in range(3)], np.float32)
    base += (base.mean() - base) * random.uniform(0.2, 0.9)  # cloth is seldom a pure colour
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period = random.uniform(3, 14)
    angle = random.choice((0.0, 0.78, 1.57, random.uniform(0, 3.1)))
    weave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period) * random.uniform(2, 12)
    folds = cv2.resize(grain.normal(0, 1, (4, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) * random.uniform(4, 22)
    return np.clip(base + (weave + folds)[..., None], 0, 255).astype(np.float32)


def _photo_cloth(file: Path, width: int, height: int, random: Random) -> np.ndarray:
    """The middle of a real photo of clothes, enlarged: real folds, seams and colours."""
    picture = Image.open(file).convert("RGB")
    share = random.uniform(0.35, 0.7)
    w, h = picture.width * share, picture.height * share
    left, top = random.uniform(0.1, 0.9 - share + 0.1) * picture.width, random.uniform(0.1, 0.9 - share + 0.1) * picture.height
    left, top = min(left, picture.width - w), min(top, picture.height - h)
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, box=(left, top, left + w, top + h))).astype(np.float32)


def _laid(label: np.ndarray, cloth: np.ndarray, random: Random, strength: float) -> np.ndarray:
    """The label bent over the cloth, turned, seen from aside, with its shadow."""
    height, width = cloth.shape[:2]
    label = _bent(label, random, strength)
    rows, columns = label.shape[:2]
    room = random.uniform(0.45, 0.92)
    scale = min(width * room / columns, height * room / rows)
    half = np.array([columns * scale / 2, rows * scale / 2])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * half
    corners *= 1 + np.array([[random.uniform(-0.14, 0.14) * strength for _ in range(2)] for _ in range(4)])
    angle = np.deg2rad(random.gauss(0, 9 * strength) if random.random() < 0.9 else random.choice((90, 180, 270)) + random.gauss(0, 4))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = corners @ turn.T
    reach = np.abs(corners).max(0)
    corners *= min(1.0, (width * 0.49) / reach[0], (height * 0.49) / reach[1])
    reach = np.abs(corners).max(0)
    centre = np.array([random.uniform(reach[0], width - reach[0]), random.uniform(reach[1], height - reach[1])])
    corners += centre

    if scale < 0.5:  # so that shrinking averages instead of skipping threads
        label = cv2.GaussianBlur(label, (0, 0), 0.35 / scale)
    from_corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    matrix = cv2.getPerspectiveTransform(from_corners, corners.astype(np.float32))
    seen = cv2.warpPerspective(label, matrix, (width, height), flags=cv2.INTER_LINEAR)
    opaque = seen[..., 3:] / 255
    if label[..., 3].min() > 200:  # print on the cloth itself throws no shadow
        offset, soft = 2 + width // 300, width / 150
        shadow = cv2.GaussianBlur(np.roll(opaque[..., 0], (offset, offset), (0, 1)), (0, 0), soft)[..., None]
        cloth = cloth * (1 - 0.45 * shadow)
    return (cloth * (1 - opaque) + seen[..., :3] * opaque).astype(np.float32)


def _bent(label: np.ndarray, random: Random, strength: float) -> np.ndarray:
    """A wave through the label, as cloth has."""
    rows, columns = label.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    depth = rows * random.uniform(0, 0.02) * strength
    length = columns * random.uniform(0.7, 2.0)
    wave = np.sin(x * 2 * np.pi / length + random.uniform(0, 6.3)) * depth
    return cv2.remap(label, x, y + wave, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _lit(pixels: np.ndarray, random: Random, strength: float) -> np.ndarray:
    """A lamp from one side, its colour, and sometimes a shadow's edge across the label."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    ramp = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    light = 1 + ramp * random.uniform(0, 0.9) * strength
    if random.random() < 0.3 * strength:
        edge = 1 / (1 + np.exp(-(ramp - random.uniform(-0.2, 0.2)) * 40))
        light *= 1 - random.uniform(0.2, 0.45) * edge
    warmth = 1 + np.array([0.16, 0.02, -0.18], np.float32) * random.uniform(-0.7, 1) * strength
    exposure = random.uniform(1 - 0.45 * strength, 1 + 0.12 * strength)
    return np.clip(pixels * light[..., None] * warmth * exposure, 0, 255).astype(np.float32)


def _blurred(pixels: np.ndarray, random: Random, strength: float) -> np.ndarray:
    """Out of focus, or moved."""
    scale = max(pixels.shape[:2]) / 1280
    if random.random() < 0.35 * strength:
        length = max(3, round(random.uniform(2, 7) * strength * scale) | 1)
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), random.uniform(0, 180), 1)
        kernel = cv2.warpAffine(kernel, turn, (length, length))
        pixels = cv2.filter2D(pixels, -1, kernel / kernel.sum())
    return cv2.GaussianBlur(pixels, (0, 0), max(0.3, random.uniform(0.2, 1.9) * strength * scale))
