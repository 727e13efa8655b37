"""The measurements, one function a part. Each starts what it needs, and returns rows: what was measured, the figure, and
the bar it is held to."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass

import equipment
import owned
from equipment import run, say
from house import House, photo
from postgres import Postgres


@dataclass
class Row:
    what: str
    figure: float
    unit: str
    bar: float
    at_most: bool = True  # the bar is the most it may be, or the least

    def met(self):
        return self.figure <= self.bar if self.at_most else self.figure >= self.bar


@dataclass
class Bench:
    binary: pathlib.Path
    scale: float  # of every duration: 1 for figures, less to try it out
    minutes: float  # of the soak
    log: list  # what the tools said, for the last line

    def seconds(self, wanted):
        return max(2, wanted * self.scale)

    def keep(self, name, said):
        self.log.append({"part": name, **said})
        say(f"  {name}: {json.dumps(said)}")
        return said

    @contextlib.contextmanager
    def house(self, workers):
        """A server as `vitrine serve --workers N` is; without workers it needs no models, and starts sooner."""
        with equipment.scratch() as folder:
            house = House(self.binary, folder, workers=0)
            house.server.command[-1] = str(workers)
            if workers:
                house.server.environment = house.environment
            try:
                house.open()
                yield house
            finally:
                house.kill_all()

    def load(self, word, house, *flags):
        origin = f"http://127.0.0.1:{house.port}"
        more = ["--origin", origin] if word != "reads" else []
        return run(equipment.go_tool("load"), word, "--cookie", house.cookie, *more, *flags)


def address(house, path):
    return f"http://127.0.0.1:{house.port}{path}"


def make_listing(house, number):
    status, answer, _ = house.call("POST", "/api/v1/listings", photo(number))
    if status >= 300:
        raise RuntimeError(f"the photo was refused: {answer}")
    return answer["listing"]


def drafted(house):
    """How many drafts are done, as /metrics counts them."""
    text = urllib.request.urlopen(address(house, "/metrics")).read().decode()
    found = re.search(r'vitrine_jobs_total\{kind="listing.draft",outcome="done"\} ([0-9.e+]+)', text)
    return float(found[1]) if found else 0


def uploads(bench):
    rows = []
    for words, workers, p50, p99 in ("paused", 0, 25, 120), ("running", 1, None, 400):
        with bench.house(workers) as house:
            flags = ["--photos", equipment.large_photos(), "--rate", 40, "--connections", 16, "--url", address(house, "/api/v1/listings")]
            said = bench.keep(f"uploads, drafting {words}", bench.load("uploads", house, *flags, "--seconds", bench.seconds(60)))
        if p50:
            rows.append(Row(f"upload of 2.4 MB, 40/s, drafting {words}: p50", said["p50"], "ms", p50))
        rows.append(Row(f"upload of 2.4 MB, 40/s, drafting {words}: p99", said["p99"], "ms", p99))
        rows.append(Row(f"upload of 2.4 MB, 40/s, drafting {words}: errors", said["failed"], "", 0))
    return rows


def wrk(url, cookie, seconds):
    """The most that 32 connections get when each asks again once it is answered."""
    words = subprocess.run(
        ["wrk", "-t1", "-c32", f"-d{int(seconds)}s", "--latency", "-H", f"Cookie: {cookie}", url], capture_output=True, text=True, check=True
    ).stdout
    unit = {"us": 0.001, "ms": 1, "s": 1000}
    p99 = re.search(r"99%\s+([0-9.]+)(us|ms|s)", words)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", words)
    return {
        "per_s": float(re.search(r"Requests/sec:\s+([0-9.]+)", words)[1]),
        "p99": float(p99[1]) * unit[p99[2]],
        "failed": int(wrong[1]) if wrong else 0,
    }


def reads(bench):
    """Ours, the peer in both its styles, and ours again: what else the machine does shows as a difference of the two."""
    seconds = bench.seconds(15)
    with bench.house(0) as house:
        listings = [make_listing(house, number) for number in range(100)]
        url = address(house, f"/api/v1/listings/{listings[0]}")
        wrk(url, house.cookie, 2)  # warm
        first = bench.keep("reads, closed loop", wrk(url, house.cookie, seconds))
        open_loop = bench.keep(
            "reads, open loop",
            bench.load("reads", house, "--url", url, "--rate", 10_000, "--connections", 32, "--seconds", seconds),
        )
        peers = []
        with equipment.scratch() as folder:
            (folder / "listing.json").write_bytes(
                urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": house.cookie})).read()
            )
            for style in "threads", "loop":
                peers.append(bench.keep(f"reads, FastAPI ({style})", peer_reads(folder, style, house, listings[0], seconds)))
        again = bench.keep("reads, closed loop, again", wrk(url, house.cookie, seconds))
    ours, peer = min(first["per_s"], again["per_s"]), max(one["per_s"] for one in peers)
    return [
        Row("signed-in read, 32 connections: rate", ours, "/s", 10_000, at_most=False),
        Row("signed-in read, 10,000/s open loop: p99", open_loop["p99"], "ms", 10),
        Row("signed-in read: errors", first["failed"] + again["failed"] + open_loop["failed"], "", 0),
        Row("signed-in read: times the better FastAPI", ours / peer, "x", 15, at_most=False),
    ]


def peer_reads(folder, style, house, listing, seconds):
    port, secret = equipment.free_port(), house.cookie.split("=", 1)[1]
    url, cookie = f"http://127.0.0.1:{port}/api/v1/listings/{listing}", f"vitrine_session={secret}"

    def ready():
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie})).status == 200

    peer = pathlib.Path(__file__).parent / "web_peer" / "peer.py"
    words = ["--database", folder / "peer.db", "--listing", folder / "listing.json", "--secret", secret]
    with equipment.running([equipment.python(), peer, *words, "--port", port, "--workers", 2, "--style", style], ready):
        wrk(url, cookie, 2)
        return wrk(url, cookie, seconds)


def sockets(bench):
    with bench.house(0) as house:
        listing = make_listing(house, 0)
        flags = ["--listing", listing, "--count", 1000, "--events", 20, "--pid", house.server.running.pid]
        said = bench.keep("sockets", bench.load("sockets", house, *flags))
    return [
        Row("1,000 idle WebSockets: memory each", said["kb_each"], "KB", 20),
        Row("1,000 idle WebSockets, one event to all: p95", said["p95"], "ms", 100),
        Row("1,000 idle WebSockets: events missing", said["missing"], "", 0),
    ]


def drafts(bench):
    count = max(20, int(200 * bench.scale))
    with bench.house(2) as house:
        listing = make_listing(house, 0)  # loads and warms the models
        while drafted(house) < 1:
            time.sleep(0.05)
        before, began = drafted(house), time.monotonic()
        for path in equipment.mixed_photos(count):
            status, answer, _ = house.call("POST", "/api/v1/listings?again=true", path.read_bytes())
            if status >= 300:
                raise RuntimeError(f"{path} was refused: {answer}")
        reading = {}

        def read():
            while drafted(house) - before < count and "stop" not in reading:
                flags = ["--url", address(house, f"/api/v1/listings/{listing}"), "--rate", 100, "--connections", 32, "--seconds", 3]
                reading.setdefault("said", []).append(bench.load("reads", house, *flags))

        reader = threading.Thread(target=read)
        reader.start()
        while drafted(house) - before < count:
            time.sleep(0.05)
        per_s = count / (time.monotonic() - began)
        reader.join()
    # The last three seconds may reach beyond the last draft.
    said = reading["said"][:-1] or reading["said"]
    p99 = max(one["p99"] for one in said)
    bench.keep("drafts", {"photos": count, "per_s": per_s, "reads_p99": p99, "reads": sum(one["requests"] for one in said)})
    return [
        Row(f"drafts of {count} mixed photos, 2 workers", per_s, "/s", 6, at_most=False),
        Row("small reads meanwhile: p99 of the worst 3 s", p99, "ms", 50),
    ]


def jobs(bench):
    """Each queue on a database of its own; PostgreSQL is one server, as it comes, for River and for ours."""
    seconds = bench.seconds(15)
    backlog = max(10_000, int(1_000_000 * bench.scale))
    with equipment.scratch() as folder:
        tool, environment = equipment.go_tool("jobs_peer"), {**os.environ, "TMPDIR": str(folder)}
        ours = [bench.binary, "bench", "jobs", "--json", "--seconds", seconds]
        with Postgres() as server:
            river = bench.keep("jobs, River", run(tool, "river", "--database", server.address, "--seconds", seconds))
            server.ask("CREATE DATABASE ours")
            ours_too = server.address.rsplit("/", 1)[0] + "/ours"
            on_postgres = bench.keep("jobs, vitrine on PostgreSQL", run(*ours, "--database", ours_too, env=environment))
        goqite = bench.keep("jobs, goqite", run(tool, "goqite", "--database", folder / "goqite.db", "--seconds", seconds))
        on_sqlite = bench.keep("jobs, vitrine on SQLite", run(*ours, "--backlog", backlog, env=environment))
        fsync = equipment.probes(folder)["fsync_ms"]
    rows = []
    for name, said, peers in ("SQLite", on_sqlite, (goqite, river)), ("PostgreSQL", on_postgres, (river,)):
        for producers, least in (1, 1500), (16, 5000):
            per_s = {one["queue"]: one[f"producers_{producers}"]["done_per_s"] for one in (said, *peers)}
            what = f"durable jobs on {name}, {producers} at a time"
            rows.append(Row(what, per_s["vitrine"], "/s", least, at_most=False))
            rows += [Row(f"{what}: times {peer['queue']}", per_s["vitrine"] / per_s[peer["queue"]], "x", 1.5, at_most=False) for peer in peers]
    alone, behind = on_sqlite["latency"], on_sqlite["latency_backlog"]
    return rows + [
        Row("enqueue to start: p50", alone["p50"], "ms", 2),
        Row("enqueue to start: p99", alone["p99"], "ms", 10 + fsync),
        Row(f"enqueue to start, {backlog:,} waiting: p50", behind["p50"], "ms", alone["p50"] * 1.2),
        Row(f"enqueue to start, {backlog:,} waiting: p99", behind["p99"], "ms", alone["p99"] * 1.2),
    ]


def soak(bench):
    """Serve and work as two processes at 70 % of the drafts they can make, with reads; both are killed six times and
    started again at once. No request is tried again: one that fails has failed."""
    lasting = bench.minutes * 60
    with equipment.scratch() as folder:
        house = House(bench.binary, folder, workers=1)
        small = folder / "small"
        small.mkdir()
        for path in equipment.mixed_photos(200):
            shutil.copy(path, small)
        try:
            house.open()
            for worker in house.workers:
                worker.start()
            listing = make_listing(house, 0)
            rate = 0.7 * draft_rate(house)
            readers = ["--url", address(house, f"/api/v1/listings/{listing}"), "--rate", 200, "--connections", 16, "--seconds", lasting]
            writers = ["--url", address(house, "/api/v1/listings"), "--photos", small, "--rate", rate, "--connections", 4]
            said = {}
            threads = [
                threading.Thread(target=lambda: said.update(reads=bench.load("reads", house, *readers))),
                threading.Thread(target=lambda: said.update(uploads=bench.load("uploads", house, *writers, "--seconds", lasting))),
            ]
            for thread in threads:
                thread.start()
            lives = [live(house, lasting / 6, last=number == 5) for number in range(6)]
            for thread in threads:
                thread.join()
            waiting = house.call("GET", "/api/v1/jobs?state=ready&limit=200")[1]
        finally:
            house.kill_all()
    requests = sum(one["requests"] for one in said.values())
    failed = sum(one["failed"] for one in said.values())
    slopes = {name: statistics.median(one[name]["mb_per_h"] for one in lives) for name in lives[0]}
    growth = max(one[name]["files"] for one in lives for name in one)
    bench.keep("soak", {"minutes": bench.minutes, "uploads_per_s": rate, **said, "lives": lives, "jobs_left": len(waiting.get("jobs", []))})
    return [
        *(Row(f"soak: RSS slope of {name}, median of 6 lives", slope, "MB/h", 1) for name, slope in slopes.items()),
        Row("soak: open files more at a life's end than after its first third", growth, "", 0),
        Row("soak: availability, each try counted", 100 * (1 - failed / requests), "%", 99.9, at_most=False),
    ]


def draft_rate(house):
    """Drafts a second of this house's worker, over 30 photos."""
    waiting = lambda: len(house.call("GET", "/api/v1/jobs?state=ready&limit=100")[1]["jobs"])
    while waiting():
        time.sleep(0.1)
    began = time.monotonic()
    for number in range(1, 31):
        make_listing(house, number)
    while waiting():
        time.sleep(0.05)
    return 30 / (time.monotonic() - began)


def live(house, seconds, last):
    """One life of both processes, ended by kill -9 and begun again. Memory and open files are looked at from the first
    third on, when caches and pools are full."""
    seen, began = {}, time.monotonic()
    processes = {"serve": house.server, "work": house.workers[0]}
    while (passed := time.monotonic() - began) < seconds:
        for name, process in processes.items():
            if passed > seconds / 3:
                seen.setdefault(name, []).append((passed, *resident_and_files(process.running.pid)))
        time.sleep(min(1, seconds / 60))
    if not last:
        for process in processes.values():
            process.signal(signal.SIGKILL)
        for process in processes.values():
            process.kill()
            process.start()
    return {name: slope(points) for name, points in seen.items()}


def resident_and_files(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(os.listdir(f"/proc/{pid}/fd"))


def slope(points):
    line = statistics.linear_regression([at for at, _, _ in points], [mb for _, mb, _ in points])
    tenth = max(1, len(points) // 10)
    files = [count for _, _, count in points]
    return {
        "mb": points[-1][1],
        "mb_per_h": line.slope * 3600,
        "files": min(files[-tenth:]) - min(files[:tenth]),
    }


def searches(bench):
    return owned.owned(bench, Row, drafted)


ALL = {"uploads": uploads, "reads": reads, "sockets": sockets, "drafts": drafts, "owned": searches, "jobs": jobs, "soak": soak}
