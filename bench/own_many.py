#!/usr/bin/env python3
"""Enlarges what a stopped house owns, for the part `owned`: rows of embeddings, each a mix of two photos' that are there with noise of
a fifth of their distance, each of a thing of its own that has no listing.

  bench/own_many.py DATA/vitrine.db COUNT
"""

import sqlite3
import sys
import uuid

import numpy as np

SEED = 20261122


def main():
    database, count = sqlite3.connect(sys.argv[1]), int(sys.argv[2])
    there = database.execute(
        "SELECT r.workspace_id, r.version, r.width, v.vector FROM likeness_rows r JOIN likeness_vectors v ON v.key = r.key WHERE r.space = 'own'"
    ).fetchall()
    workspace, version, width, _ = there[0]
    photos = np.array([np.frombuffer(row[3], "<f4") for row in there])
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    random = np.random.default_rng(SEED)
    (head,) = database.execute("SELECT sequence FROM likeness_heads WHERE workspace_id = ?", (workspace,)).fetchone()
    for done in range(0, count, 5000):
        size = min(5000, count - done)
        one, other = photos[random.integers(len(photos), size=size)], photos[random.integers(len(photos), size=size)]
        weight = random.random((size, 1), np.float32)
        apart = np.linalg.norm(one - other, axis=1, keepdims=True)
        noise = random.standard_normal((size, width), np.float32) / np.sqrt(width)
        made = (weight * one + (1 - weight) * other + 0.2 * apart * noise).astype("<f4")
        for row in made:
            key, subject = int(random.integers(1, 1 << 62)), str(uuid.UUID(bytes=random.bytes(16), version=4))
            head += 1
            database.execute(
                "INSERT INTO likeness_rows (key, workspace_id, space, version, subject, photo, part, width) VALUES (?, ?, 'own', ?, ?, ?, 0, ?)",
                (key, workspace, version, subject, str(uuid.uuid4()), width),
            )
            database.execute("INSERT INTO likeness_vectors (key, vector) VALUES (?, ?)", (key, row.tobytes()))
            database.execute("INSERT INTO likeness_subjects (workspace_id, subject, version, sequence) VALUES (?, ?, ?, ?)", (workspace, subject, version, head))
    database.execute("UPDATE likeness_heads SET sequence = ? WHERE workspace_id = ?", (head, workspace))
    database.commit()


if __name__ == "__main__":
    main()
