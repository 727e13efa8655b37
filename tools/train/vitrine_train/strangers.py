"""Pictures that are neither clothing nor groceries, out of Debian packages and scikit-image's wheel.

They are unpacked into the work folder and only looked at there: none goes into the repository.
Packages, never single pictures, are divided between training and the held-out measurement, and a
picture that looks like one of the other part is dropped.
"""

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from . import views
from .data import Collection

SCIKIT_IMAGE = "scikit-image==0.26.0"
PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Source:
    """A package, the folder in it that holds pictures, and how many of them to take at most."""

    package: str
    folder: str
    most: int = 10_000
    without: tuple[str, ...] = ()


TRAINING = (
    Source("tuxpaint-stamps-default", "usr/share/tuxpaint/stamps", 330,
           ("/food/", "/clothes/", "/alphabets/", "/symbols/", "/cartoon/")),
    Source("opencv-doc", "usr/share/doc/opencv-doc/examples", 120, ("/shape/",)),
    Source("opencv-doc", "usr/share/doc/opencv-doc/opencv4/html", 160),
    Source("visp-images-data", "usr/share/visp-images-data", 20),
    Source("gimp-help-en", "usr/share/gimp/2.0/help/en/images/filters", 60),
    Source("gimp-help-en", "usr/share/gimp/2.0/help/en/images/using", 60),
    Source("gimp-help-en", "usr/share/gimp/2.0/help/en/images/tutorials", 40),
    Source("hugin-data", "usr/share/hugin/xrc/data/help_en_EN", 70),
    Source("gnome-user-docs", "usr/share/help/C", 30),
    Source("stellarium-data", "usr/share/stellarium/nebulae", 30),
    Source("stellarium-data", "usr/share/stellarium/landscapes", 30),
    Source("marble-data", "usr/share/marble/data/maps", 20),
    Source("kgeography-data", "usr/share/kgeography", 30, ("/flags/",)),
    Source("torcs-data", "usr/share/games/torcs", 80),
    Source("libjxl-testdata", "usr/share/libjxl-testdata", 60, ("/wide-gamut-tests/",)),
    Source("palapeli-data", "usr/share/palapeli", 20, ("citrus-fruits",)),
    Source("lxqt-themes", "usr/share/lxqt/wallpapers"),
    Source("sway-backgrounds", "usr/share/backgrounds"),
    Source("debian-edu-artwork-emerald", "usr/share"),
    Source("debian-edu-artwork-homeworld", "usr/share"),
    Source("xfdesktop4-data", "usr/share/backgrounds"),
)
HELD_OUT = (
    Source("plasma-workspace-wallpapers", "usr/share/wallpapers", without=("screenshot",)),
    Source("gnome-backgrounds", "usr/share/backgrounds"),
    Source("mate-backgrounds", "usr/share/backgrounds"),
    Source("lomiri-wallpapers-16.04", "usr/share/backgrounds"),
    Source("lomiri-wallpapers-20.04", "usr/share/backgrounds"),
    Source("ukui-wallpapers", "usr/share/backgrounds"),
    Source("desktop-base", "usr/share"),
    Source("python3-skimage", "usr/lib/python3/dist-packages/skimage/data"),
    Source("python-skimage-doc", "usr/share/doc/python-skimage-doc/html/_images", 60),
    Source("scikit-image", "skimage/data"),
)


def unpack(work: Path) -> None:
    """Downloads and unpacks every package that is not there yet (needs `apt-get update` before)."""
    for package in sorted({source.package for source in TRAINING + HELD_OUT}):
        target = work / package
        if target.exists():
            continue
        downloads = work / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        if package == "scikit-image":
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary",
                            ":all:", "--dest", str(downloads), SCIKIT_IMAGE], check=True)
            with zipfile.ZipFile(next(downloads.glob("scikit_image-*.whl"))) as wheel:
                wheel.extractall(target, [n for n in wheel.namelist() if n.startswith("skimage/data/")])
        else:
            subprocess.run(["apt-get", "download", "--quiet", package], cwd=downloads, check=True,
                           stdout=subprocess.DEVNULL)
            target.mkdir()
            subprocess.run(["dpkg", "-x", str(next(downloads.glob(package + "_*.deb"))), str(target)], check=True)


def fingerprint(pixels: np.ndarray) -> np.ndarray:
    """16x16 grey, mean 0 and length 1: its dot product with another's is how alike they look."""
    small = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (16, 16), interpolation=cv2.INTER_AREA)
    flat = small.astype(np.float32).ravel()
    flat -= flat.mean()
    return flat / max(float(np.linalg.norm(flat)), 1e-6)


def candidates(work: Path, source: Source, generator: np.random.Generator) -> list[Path]:
    root = work / source.package / source.folder
    found = sorted(p for p in root.rglob("*") if p.suffix.lower() in PICTURES and p.is_file()
                   and not p.is_symlink() and p.stat().st_size > 8_000
                   and not any(word in str(p) for word in source.without))
    return [found[i] for i in generator.permutation(len(found))]


def gather(work: Path, seed: int) -> tuple[Collection, Collection]:
    """(training strangers, held-out strangers); group is the package, all labelled `other`."""
    generator = np.random.default_rng(seed)
    seen: list[np.ndarray] = []
    parts = []
    for name, sources in (("strangers_held_out", HELD_OUT), ("strangers_training", TRAINING)):
        paths, groups = [], []
        for source in sources:
            taken = 0
            for path in candidates(work, source, generator):
                if taken == source.most:
                    break
                try:
                    pixels = views.read_photo(path)
                except OSError:
                    continue  # A deliberately broken test picture.
                mark = fingerprint(pixels)
                if min(pixels.shape[:2]) < 100 or (seen and (np.stack(seen) @ mark).max() > 0.97):
                    continue
                seen.append(mark)
                paths.append(path)
                groups.append(source.package)
                taken += 1
        parts.append(Collection(name, paths, np.full(len(paths), "other"), np.array(groups)))
    return parts[1], parts[0]
