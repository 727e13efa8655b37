#!/usr/bin/env python3
"""The load benchmarks: what the spine carries, with peers in the same run. Prints a table, and as its last line JSON.

    bench/run.py build/release/vitrine                      all of it, about 50 minutes
    bench/run.py build/release/vitrine reads jobs           these parts
    bench/run.py build/release/vitrine --scale 0.1 uploads  a tenth as long, to try it out; no figures for a report

Everything it starts it ends; everything it writes is below build/bench. Needs Go and wrk beside what `make build` needs.
"""

import argparse
import json
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "faults"))

import equipment  # noqa: E402
import parts  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(parts.ALL)}; all of them when none is named")
    parser.add_argument("--scale", type=float, default=1, help="of every duration and count")
    parser.add_argument("--minutes", type=float, default=30, help="of the soak")
    options = parser.parse_intermixed_args()
    if unknown := set(options.parts) - set(parts.ALL):
        parser.error(f"no such part: {', '.join(unknown)}")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what it started ends with it
    equipment.KEPT.mkdir(parents=True, exist_ok=True)
    bench = parts.Bench(options.binary.resolve(), options.scale, options.minutes, [])
    rows, probes = [], []
    for name in options.parts or parts.ALL:
        with equipment.scratch() as folder:
            probes.append({"before": name, **equipment.probes(folder)})
        equipment.say(f"{name}: {probes[-1]}")
        rows += parts.ALL[name](bench)

    width = max(len(row.what) for row in rows)
    for row in rows:
        limit = "<=" if row.at_most else ">="
        print(f"{row.what:<{width}}  {row.figure:>10,.2f} {row.unit:<5} {limit} {row.bar:>9,.1f}  {'met' if row.met() else 'SHORT'}")
    for probe in probes:
        print(f"before {probe['before']}: fdatasync of 4 KiB {probe['fsync_ms']:.2f} ms, p99 {probe['fsync_p99_ms']:.2f}; copy {probe['copy_gb_s']:.1f} GB/s")
    table = [{"what": row.what, "figure": row.figure, "unit": row.unit, "bar": row.bar, "met": row.met()} for row in rows]
    print(json.dumps({"rows": table, "probes": probes, "said": bench.log}))


if __name__ == "__main__":
    main()
