#!/usr/bin/env python3
"""Golden cases: tests/cases/<name>/{photo.*, request.json, want.json}, one runner.

Each photo goes through the real program (`vitrine infer --json`) with the real models. want.json is a part of the
answer: every key it names must be there and fit. Numbers fit within 0.1 (or the case's own "within"), texts exactly,
a wanted list when each of its entries fits some entry of the answer's. null means: must be absent or null.
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def misfit(want, got, path, within):
    """The first place where `got` does not fit `want`, or None."""
    if want is None:
        return None if got is None else f"{path}: wanted nothing, got {json.dumps(got)[:80]}"
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return f"{path}: wanted an object, got {json.dumps(got)[:80]}"
        for key, value in want.items():
            found = misfit(value, got.get(key), f"{path}.{key}", within)
            if found:
                return found
        return None
    if isinstance(want, list):
        if not isinstance(got, list):
            return f"{path}: wanted a list, got {json.dumps(got)[:80]}"
        for i, value in enumerate(want):
            if all(misfit(value, each, path, within) for each in got):
                return f"{path}[{i}]: nothing fits {json.dumps(value)[:80]} in {json.dumps(got)[:200]}"
        return None
    if isinstance(want, (int, float)) and not isinstance(want, bool):
        if not isinstance(got, (int, float)) or abs(want - got) > within:
            return f"{path}: wanted {want} within {within}, got {json.dumps(got)}"
        return None
    return None if want == got else f"{path}: wanted {json.dumps(want)}, got {json.dumps(got)[:80]}"


def run(binary, case):
    photo = next(p for p in sorted(case.iterdir()) if p.name.startswith("photo"))
    want = json.loads((case / "want.json").read_text())
    request = json.loads((case / "request.json").read_text())
    done = subprocess.run([binary, "infer", "--json", *request.get("flags", []), str(photo)], capture_output=True, text=True)
    if not done.stdout.strip():
        return f"no answer, exit {done.returncode}: {done.stderr.strip()[:200]}"
    return misfit(want, json.loads(done.stdout.splitlines()[-1]), "$", request.get("within", 0.1))


def main():
    binary = sys.argv[1]
    cases = sorted(p for p in HERE.iterdir() if (p / "want.json").exists())
    failed = 0
    for case in cases:
        problem = run(binary, case)
        failed += problem is not None
        print(f"{'FAILED' if problem else 'ok    '} {case.name}{': ' + problem if problem else ''}")
    print(f"golden cases: {len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
