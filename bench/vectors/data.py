#!/usr/bin/env python3
"""Makes the data that `vitrine bench vectors` measures on.

  bench/vectors/data.py fashion-mnist FOLDER
  bench/vectors/data.py lite2 FOLDER --embeddings FILE.npz    (as tools/closeness.py keeps them)

FOLDER/NAME gets rows.f32, queries.f32 (normalised float32, row by row), truth.i32 (the 20 nearest rows of each query by inner
product, nearest first, found by numpy in float32) and meta.json.
"""

import argparse
import gzip
import json
import pathlib

import numpy as np

NEAREST = 20
SEED = 20261122


def normalised(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def nearest(rows, queries, k):
    """The k nearest of each query, nearest first."""
    found = []
    for start in range(0, len(queries), 100):
        scores = queries[start : start + 100] @ rows.T
        some = np.argpartition(-scores, k, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1)
        found.append(np.take_along_axis(some, order, axis=1))
    return np.concatenate(found).astype(np.int32)


def intrinsic_dimension(rows, random):
    """By the two nearest neighbours of each row: Facco, d'Errico, Rodriguez, Laio, 'Estimating the intrinsic dimension of
    datasets by a minimal neighborhood information', Scientific Reports 7, 2017."""
    some = rows[random.choice(len(rows), min(len(rows), 2000), replace=False)]
    scores = -np.sort(-(some @ rows.T), axis=1)[:, :3]  # itself and two more
    distances = np.sqrt(np.maximum(2 - 2 * scores, 1e-12))
    ratios = np.sort(distances[:, 2] / np.maximum(distances[:, 1], 1e-6))[: int(0.9 * len(some))]
    ratios = np.log(ratios[ratios > 1])
    return float(len(ratios) / ratios.sum())


def fashion_mnist(_arguments, _random):
    """Debian's dataset-fashion-mnist: 60,000 training pictures as rows, the first 2,000 of the test set as queries."""
    folder = pathlib.Path("/usr/share/datasets/fashion-mnist")
    if not folder.is_dir():
        raise SystemExit("fashion-mnist is not here: apt-get install dataset-fashion-mnist (make bench-vectors does).")

    def pictures(name):
        return np.frombuffer(gzip.open(folder / name).read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32)

    return normalised(pictures("train-images-idx3-ubyte.gz")), normalised(pictures("t10k-images-idx3-ubyte.gz")[:2000]), {}


def lite2(arguments, random):
    """Our own embeddings of real photos, enlarged: projected to 768 dimensions by principal components, then each row mixed of
    a photo and one of its 10 nearest (weights uniform in 0 to 1) with noise of a fifth of their distance. One photo in twelve
    is kept apart before that and only queries come from it, made the same way, so no query is a mix of what made a row."""
    if not arguments.embeddings:
        raise SystemExit("lite2 is made of our embeddings of real photos: tools/closeness.py --embeddings FILE.npz keeps them.")
    kept = np.load(arguments.embeddings)
    embeddings = normalised(kept["vectors"][kept["rows"][:, -1] == "as it is"])
    random.shuffle(embeddings)
    apart = len(embeddings) // 12
    mean = embeddings[apart:].mean(axis=0)
    _, _, axes = np.linalg.svd(embeddings[apart:] - mean, full_matrices=False)
    projected = (embeddings - mean) @ axes[:768].T
    return (
        enlarged(projected[apart:], arguments.rows, random),
        enlarged(projected[:apart], 2000, random),
        {"photos": len(embeddings), "intrinsic_dimension_of_photos": intrinsic_dimension(normalised(projected[apart:]), random)},
    )


def enlarged(few, count, random):
    few = normalised(few)
    neighbours = nearest(few, few, 11)[:, 1:]
    many = np.empty((count, few.shape[1]), np.float32)
    for start in range(0, count, 20000):
        size = min(20000, count - start)
        one = random.integers(len(few), size=size)
        other = neighbours[one, random.integers(10, size=size)]
        weight = random.random((size, 1), np.float32)
        apart = np.linalg.norm(few[one] - few[other], axis=1, keepdims=True)
        noise = random.standard_normal((size, few.shape[1]), np.float32) / np.sqrt(few.shape[1])
        many[start : start + size] = weight * few[one] + (1 - weight) * few[other] + 0.2 * apart * noise
    return normalised(many)


SETS = {"fashion-mnist": fashion_mnist, "lite2": lite2}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SETS)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--embeddings", help="lite2: of photos, as tools/closeness.py keeps them")
    parser.add_argument("--rows", type=int, default=200_000, help="lite2: how many rows to make")
    arguments = parser.parse_args()

    random = np.random.default_rng(SEED)
    rows, queries, more = SETS[arguments.name](arguments, random)
    folder = arguments.folder / arguments.name
    folder.mkdir(parents=True, exist_ok=True)
    rows.tofile(folder / "rows.f32")
    queries.tofile(folder / "queries.f32")
    nearest(rows, queries, NEAREST).tofile(folder / "truth.i32")
    meta = {
        "name": arguments.name,
        "rows": len(rows),
        "width": rows.shape[1],
        "queries": len(queries),
        "nearest": NEAREST,
        "seed": SEED,
        "intrinsic_dimension": intrinsic_dimension(rows, random),
        **more,
    }
    (folder / "meta.json").write_text(json.dumps(meta) + "\n")  # last: the set is whole
    print(json.dumps(meta))


if __name__ == "__main__":
    main()
