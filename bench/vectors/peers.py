#!/usr/bin/env python3
"""The peers of `vitrine bench vectors`, which starts this and asks it, a JSON line each way.

  bench/vectors/peers.py FOLDER [--only hnswlib,lorann] [--threads 2]

First each peer is built on FOLDER's rows, and says so: {"peer", "settings": how many, "build_s"}; what cannot be built says
{"peer", "problem"}. Then {"ready": true}. Then {"peer", "setting": number, "from": query, "to": query} is answered by {"found":
how many of the 20 nearest, "seconds"}: one query at a time, one thread, through the peer's own Python interface, whose overhead is
its own. Each peer is set up as its own guide says.
"""

import argparse
import atexit
import json
import os
import pathlib
import sys
import time

import numpy as np

K = 20


class Hnswlib:
    """M 16, ef_construction 200: the README's own example."""

    settings = [20, 30, 40, 60, 80, 120, 180, 260, 400, 600]

    def __init__(self, rows, threads):
        import hnswlib

        self.index = hnswlib.Index("ip", rows.shape[1])
        self.index.init_index(len(rows), M=16, ef_construction=200, random_seed=1)
        self.index.add_items(rows, num_threads=threads)
        self.index.set_num_threads(1)

    def use(self, ef):
        self.index.set_ef(ef)

    def search(self, query):
        return self.index.knn_query(query, K)[0][0]


class FaissHnsw:
    """HNSW32 over 8-bit rows with refinement by full ones (the wiki's guide to choosing an index)."""

    settings = [(ef, factor) for ef in (20, 40, 60, 100, 160, 260, 400) for factor in (1, 3)]

    def __init__(self, rows, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        self.faiss = faiss
        self.index = faiss.index_factory(rows.shape[1], "HNSW32,SQ8,RFlat", faiss.METRIC_INNER_PRODUCT)
        self.index.train(rows)
        self.index.add(rows)
        faiss.omp_set_num_threads(1)
        self.inner = faiss.downcast_index(self.index.base_index)

    def use(self, setting):
        self.inner.hnsw.efSearch, self.index.k_factor = setting

    def search(self, query):
        return self.index.search(query[None], K)[1][0]


class FaissFastScan:
    """Clusters, 4-bit codes in registers, refinement by full rows (the wiki's guide for more than some 10,000 rows)."""

    settings = [(probes, factor) for probes in (2, 4, 8, 16, 32, 64) for factor in (4, 10, 25)]

    def __init__(self, rows, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        lists = int(4 * len(rows) ** 0.5)
        self.index = faiss.index_factory(rows.shape[1], f"IVF{lists},PQ{rows.shape[1] // 4}x4fs,RFlat", faiss.METRIC_INNER_PRODUCT)
        self.index.train(rows)
        self.index.add(rows)
        faiss.omp_set_num_threads(1)
        self.inner = faiss.extract_index_ivf(self.index.base_index)

    def use(self, setting):
        self.inner.nprobe, self.index.k_factor = setting

    def search(self, query):
        return self.index.search(query[None], K)[1][0]


class Usearch:
    """The README's own defaults (connectivity 16, expansion 128), half-precision rows."""

    settings = [20, 40, 60, 100, 160, 260, 400, 640]

    def __init__(self, rows, threads):
        from usearch.index import Index

        self.index = Index(ndim=rows.shape[1], metric="ip", dtype="f16")
        self.index.add(np.arange(len(rows)), rows, threads=threads)

    def use(self, expansion):
        self.index.expansion_search = expansion

    def search(self, query):
        return self.index.search(query, K, threads=1).keys


class Lorann:
    """Clusters near the root of the rows, rank 32, 128 and 256 dimensions kept (its README)."""

    def __init__(self, rows, threads, kept, clusters):
        import lorann

        self.settings = [(searched, reranked) for searched in (3, 4, 6, 8, 12, 16, 24, 40) for reranked in (25, 40, 60, 100, 200)]
        self.index = lorann.LorannIndex(rows, clusters, kept, rank=32, distance=lorann.IP)
        self.index.build(n_threads=threads)

    def use(self, setting):
        self.searched, self.reranked = setting

    def search(self, query):
        return self.index.search(query, K, self.searched, self.reranked)


def power_of_two_near(number):
    return 1 << max(6, round(np.log2(number)))


class Lorann128(Lorann):
    def __init__(self, rows, threads):
        super().__init__(rows, threads, 128, power_of_two_near(len(rows) ** 0.5))


class Lorann256(Lorann):
    def __init__(self, rows, threads):
        super().__init__(rows, threads, 256, power_of_two_near(len(rows) ** 0.5))


class Scann:
    """Tree, anisotropic 4-bit hashing, reordering (its guide for fewer than a million rows)."""

    settings = [(leaves, reordered) for leaves in (5, 10, 20, 40, 80, 160) for reordered in (40, 80, 160)]

    def __init__(self, rows, threads):
        from scann import scann_ops_pybind

        leaves = int(len(rows) ** 0.5)
        builder = scann_ops_pybind.builder(rows, K, "dot_product").set_n_training_threads(threads)
        builder = builder.tree(num_leaves=leaves, num_leaves_to_search=20, training_sample_size=len(rows))
        self.index = builder.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100).build()

    def use(self, setting):
        self.leaves, self.reordered = setting

    def search(self, query):
        return self.index.search(query, K, leaves_to_search=self.leaves, pre_reorder_num_neighbors=self.reordered)[0]


class SymphonyQg:
    """rabitqlib's graph of degree 32, rows at 8 bits."""

    settings = [20, 30, 40, 60, 80, 120, 180, 260, 400]

    def __init__(self, rows, threads):
        import rabitqlib

        self.index = rabitqlib.SymqgIndex(rows.shape[1], 32, "l2", 8)  # of normalised rows: the same order
        self.index.build(rows, 400, threads)

    def use(self, ef):
        self.ef = ef

    def search(self, query):
        return np.ravel(self.index.search(query[None], K, self.ef)[0])


class Pgvector:
    """HNSW of pgvector's README (m 16, ef_construction 64) in a PostgreSQL server of one's own, asked by a prepared statement."""

    settings = [20, 40, 80, 160, 320]

    def __init__(self, rows, threads):
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/faults"))
        import postgres
        import psycopg

        settings = ["fsync = off", "maintenance_work_mem = 2GB", f"max_parallel_maintenance_workers = {threads - 1}"]
        self.server = postgres.Postgres(settings).start()
        atexit.register(self.server.close)
        self.connection = psycopg.connect(self.server.address.replace("postgres://", "postgresql://"), autocommit=True)
        self.connection.execute("CREATE EXTENSION vector")
        self.connection.execute(f"CREATE TABLE rows (id integer PRIMARY KEY, v vector({rows.shape[1]}))")
        with self.connection.cursor().copy("COPY rows FROM STDIN") as copy:
            for number, row in enumerate(rows):
                copy.write_row((number, self.text(row)))
        self.connection.execute("CREATE INDEX ON rows USING hnsw (v vector_ip_ops) WITH (m = 16, ef_construction = 64)")
        self.connection.execute("SET enable_seqscan = off")

    @staticmethod
    def text(row):
        return "[" + ",".join(map(str, row.tolist())) + "]"

    def use(self, ef):
        self.connection.execute(f"SET hnsw.ef_search = {ef}")

    def search(self, query):
        rows = self.connection.execute("SELECT id FROM rows ORDER BY v <#> %s::vector LIMIT 20", (self.text(query),), prepare=True)
        return [row[0] for row in rows]


PEERS = {
    "hnswlib": Hnswlib,
    "faiss HNSW-SQ8": FaissHnsw,
    "faiss IVF-PQfs": FaissFastScan,
    "usearch f16": Usearch,
    "lorann 128": Lorann128,
    "lorann 256": Lorann256,
    "scann": Scann,
    "symphonyqg 8 bit": SymphonyQg,
    "pgvector": Pgvector,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--threads", type=int, default=2, help="for building")
    arguments = parser.parse_args()

    out = os.fdopen(os.dup(1), "w")  # some peers write to stdout, which is the conversation
    os.dup2(2, 1)

    def say(**what):
        out.write(json.dumps(what) + "\n")
        out.flush()

    meta = json.loads((arguments.folder / "meta.json").read_text())
    rows = np.fromfile(arguments.folder / "rows.f32", np.float32).reshape(meta["rows"], meta["width"])
    queries = np.fromfile(arguments.folder / "queries.f32", np.float32).reshape(-1, meta["width"])
    truth = np.fromfile(arguments.folder / "truth.i32", np.int32).reshape(len(queries), -1)[:, :K]

    peers = {}
    for name in arguments.only.split(","):
        began = time.perf_counter()
        try:
            peers[name] = PEERS[name](rows, arguments.threads)
            say(peer=name, settings=len(peers[name].settings), build_s=time.perf_counter() - began)
        except Exception as problem:  # one peer that does not run here must not hide the others
            say(peer=name, problem=f"{type(problem).__name__}: {problem}"[:300])
    say(ready=True)

    for line in sys.stdin:
        asked = json.loads(line)
        peer = peers[asked["peer"]]
        peer.use(peer.settings[asked["setting"]])
        chunk = range(asked["from"], asked["to"])
        began = time.perf_counter()
        found = [peer.search(queries[number]) for number in chunk]
        seconds = time.perf_counter() - began
        say(seconds=seconds, found=sum(len(set(map(int, one)) & set(map(int, truth[number]))) for number, one in zip(chunk, found)))


if __name__ == "__main__":
    main()
