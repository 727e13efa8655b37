"""What the load benchmarks need beside the program: the Go tools, the peers, photos as large as a phone's, and probes of
the machine. All of it is kept in build/bench, so that a second run starts at once."""

import contextlib
import io
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "bench"
PHOTO_BYTES = 2_400_000


def say(words):
    print(words, file=sys.stderr, flush=True)


def run(*command, **more):
    """The last line of what the command prints, as JSON."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True, **more)
    return json.loads(done.stdout.strip().splitlines()[-1])


def go_tool(name):
    KEPT.mkdir(parents=True, exist_ok=True)
    tool = KEPT / name
    subprocess.run(["go", "build", "-o", tool, "."], cwd=ROOT / "bench" / name, check=True)
    return tool


def python():
    """The interpreter that has the packages of requirements.txt."""
    wanted, stamp, found = ROOT / "bench" / "requirements.txt", KEPT / "python" / ".installed", KEPT / "python" / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        say("Installing the packages of bench/requirements.txt")
        subprocess.run([sys.executable, "-m", "venv", KEPT / "python"], check=True)
        pip(found, "--requirement", wanted)
        stamp.write_text(wanted.read_text())
    return found


def pip(interpreter, *what):
    subprocess.run([interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what], check=True)


def large_photos():
    """JPEGs of 12 megapixels and 2.4 MB: samples enlarged, with noise such as a sensor's until they are that heavy."""
    folder = KEPT / "large"
    if not folder.exists():
        say("Making photos of 2.4 MB")
        making = pathlib.Path(tempfile.mkdtemp(dir=KEPT))
        subprocess.run([python(), __file__, "photos", making], check=True)
        making.rename(folder)
    return folder


def make_large_photos(folder):
    from PIL import Image

    for path in sorted((ROOT / "samples" / "photos").glob("*.jpg"))[::3]:
        photo = Image.open(path).convert("RGB")
        scale = (12_000_000 / (photo.width * photo.height)) ** 0.5
        photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.BICUBIC)
        noise = Image.effect_noise(photo.size, 60).convert("RGB")
        low, high = 0.0, 0.5  # of noise
        for _ in range(7):
            share = (low + high) / 2
            file = io.BytesIO()
            Image.blend(photo, noise, share).save(file, "JPEG", quality=85)
            low, high = (share, high) if file.tell() < PHOTO_BYTES else (low, share)
        (folder / path.name).write_bytes(file.getvalue())


def mixed_photos(count):
    """Photos of clothes and groceries; the samples, again and again, where the labelled ones are not at hand."""
    data = ROOT.parent / "shared" / "data"
    found = sorted(path for path in data.rglob("*.jpg") if path.read_bytes()[-2:] == b"\xff\xd9") if data.exists() else []
    found = found or sorted((ROOT / "samples" / "photos").glob("*.jpg"))
    return found[:: max(1, len(found) // count)][:count]


@contextlib.contextmanager
def scratch():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=KEPT))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(command, ready, **more):
    """A process that lives as long as the block; the block begins when `ready()` is true."""
    process = subprocess.Popen([str(word) for word in command], **more)
    try:
        deadline = time.monotonic() + 60
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def probes(folder):
    """What the disk and the memory of this machine do meanwhile: the median of 200 appends of 4 KiB, each with fdatasync,
    and a plain copy."""
    block, times = os.urandom(4096), []
    file = os.open(folder / "probe", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for _ in range(200):
        began = time.perf_counter()
        os.write(file, block)
        os.fdatasync(file)
        times.append((time.perf_counter() - began) * 1000)
    os.close(file)
    (folder / "probe").unlink()
    source, target = bytes(256 << 20), bytearray(256 << 20)
    speeds = []
    for _ in range(5):
        began = time.perf_counter()
        target[:] = source
        speeds.append(len(source) / (time.perf_counter() - began) / 1e9)
    return {"fsync_ms": statistics.median(times), "fsync_p99_ms": sorted(times)[198], "copy_gb_s": max(speeds)}


if __name__ == "__main__" and sys.argv[1] == "photos":
    make_large_photos(pathlib.Path(sys.argv[2]))
