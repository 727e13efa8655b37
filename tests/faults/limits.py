#!/usr/bin/env python3
"""Too few file descriptors, too little memory.

Whoever connects when no descriptor is left waits or is refused in words, and nobody notices later that it was so. Photos
that are far larger than the memory that a process may have are refused or drafted or fail in words; a process that dies
of one loses nothing, and other photos are drafted all the same.
  tests/faults/limits.py build/release/vitrine [--rounds 2] [--seed N]
"""

import concurrent.futures
import http.client
import json
import pathlib
import resource
import socket
import struct
import sys
import zlib

from house import PATIENCE, Fault, House, Lost, photo, sha256, wait_for
from judge import files_below, judge
from seller import Record
from trial import run_trial

SPARE_DESCRIPTORS = 30  # when the limit is set: for connections, and for the files of an upload
CLIENTS = 200
SPARE_BYTES = 300_000_000


def descriptors(process):
    return len(list(pathlib.Path(f"/proc/{process.running.pid}/fd").iterdir()))


def address_space(process):
    return int(pathlib.Path(f"/proc/{process.running.pid}/statm").read_text().split()[0]) * resource.getpagesize()


def limit(process, what, most):
    hard = resource.prlimit(process.running.pid, what)[1]
    resource.prlimit(process.running.pid, what, (most, hard))


def expect_words(what, status, answer, expected):
    if status not in expected:
        raise Fault(f"{what} was answered {status}: {answer}")
    if status >= 400 and not answer.get("detail"):
        raise Fault(f"{what} was refused without a word: {answer}")


def upload(house, data, records, expected=(202,)):
    """Its listing, when it was taken."""
    status, answer, _ = house.call("POST", "/api/v1/listings", data, {"Content-Type": "image/png" if data[:4] == b"\x89PNG" else "image/jpeg"})
    expect_words("an upload", status, answer, expected)
    if status != 202:
        return None
    records.append(Record(len(records), sha256(data), answer["listing"]))
    return answer["listing"]


def few_descriptors(house, records, chance):
    """Hundreds connect when few may. How the upload of one that came in was answered meanwhile."""
    upload(house, photo(len(records)), records)
    usual = descriptors(house.server)
    limit(house.server, resource.RLIMIT_NOFILE, usual + SPARE_DESCRIPTORS)
    first = http.client.HTTPConnection("127.0.0.1", house.port, timeout=PATIENCE)
    first.request("GET", "/health")
    first.getresponse().read()
    crowd = []
    for _ in range(CLIENTS):
        client = socket.create_connection(("127.0.0.1", house.port), timeout=PATIENCE)
        client.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n" + chance.choice([b"", b"\r\n"]))  # some never finish
        crowd.append(client)
    wait_for("the descriptors to be used up", lambda: descriptors(house.server) >= usual + SPARE_DESCRIPTORS - 1)

    data = photo(len(records))
    headers = {"Origin": f"http://127.0.0.1:{house.port}", "Cookie": house.cookie, "Content-Type": "image/jpeg"}
    first.request("POST", "/api/v1/listings", data, headers)
    answer = first.getresponse()
    status, said = answer.status, json.loads(answer.read())
    expect_words("an upload without a descriptor to spare", status, said, (202, 503))
    if status == 202:
        records.append(Record(len(records), sha256(data), said["listing"]))
    first.close()
    for client in crowd:
        client.close()
    wait_for("the server to let go of its descriptors", lambda: descriptors(house.server) <= usual + SPARE_DESCRIPTORS // 2)
    upload(house, photo(len(records)), records)  # still under the limit
    if house.server.died() is not None:
        raise Fault(f"the server ended with {house.server.died()}")
    limit(house.server, resource.RLIMIT_NOFILE, resource.prlimit(house.server.running.pid, resource.RLIMIT_NOFILE)[1])
    return said.get("detail", "taken")


def png(side, channels, bits):
    """A black square: a small file of many pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row, packed, pressed = bytes(1 + side * channels * bits // 8), zlib.compressobj(1), b""
    for _ in range(side):
        pressed += packed.compress(row)
    colour = {3: 2, 4: 6}[channels]
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, 0))
        + chunk(b"IDAT", pressed + packed.flush())
        + chunk(b"IEND", b"")
    )


def restart_the_dead(house, deaths):
    """Those that died of too little memory, as whatever runs them would. They are limited again once they are ready."""
    for process in house.processes():
        if process.died() is None:
            continue
        deaths.append(f"{process.name}: {process.died()}")
        before = len(process.says("work.ready"))
        process.start()
        if process is house.server:
            house.wait_for_server()
        else:
            wait_for(f"{process.name} to be ready again", lambda: len(process.says("work.ready")) > before)
        limit(process, resource.RLIMIT_AS, address_space(process) + SPARE_BYTES)


def little_memory(house, records):
    """Huge photos, of which each is within what the program takes. How many processes died, and how the drafts ended."""
    deaths = []
    for record in records:  # whatever is drafted under the limit may kill its worker, five times
        wait_for("the drafts so far", lambda: house.call("GET", f"/api/v1/listings/{record.listing}")[1]["state"] == "draft")
    for process in house.processes():
        limit(process, resource.RLIMIT_AS, address_space(process) + SPARE_BYTES)
    huge = []
    for channels, bits in ((3, 8), (4, 16)):
        listing = upload(house, png(7000 + len(records), channels, bits), records, (202, 422, 503))
        huge += [listing] if listing else []
    seen = set()

    def shown(listing, size):
        photo_id = house.call("GET", f"/api/v1/listings/{listing}")[1]["photos"][0]["id"]
        status, answer, _ = house.call("GET", f"/api/v1/photos/{photo_id}/{size}")
        if status == 200:
            return "shown"
        expect_words("a smaller picture", status, answer, (422, 503))
        if answer["code"] == "photo.damaged":
            raise Fault("a photo that is whole is called damaged, for want of memory")
        return answer["detail"]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for asked in [pool.submit(shown, listing, size) for listing in huge for size in ("thumb", "medium", "full")]:
            try:
                seen.add(asked.result())
            except Lost:
                pass
    restart_the_dead(house, deaths)

    def ended():
        restart_the_dead(house, deaths)
        states = [house.call("GET", f"/api/v1/listings/{listing}")[1] for listing in huge]
        return all(each["state"] in ("draft", "failed") for each in states) and states

    ends = wait_for("the drafts of huge photos to end", ended)
    for each in ends:
        if each["state"] == "failed" and (not each["problem"] or "damaged" in each["problem"]):
            raise Fault(f"a draft failed with these words: {each['problem']}")
    for process in house.processes():
        limit(process, resource.RLIMIT_AS, resource.RLIM_INFINITY)
    ordinary = upload(house, photo(len(records)), records)
    wait_for("the draft of an ordinary photo", lambda: house.call("GET", f"/api/v1/listings/{ordinary}")[1]["state"] == "draft")
    return f"died: {deaths}; smaller pictures: {sorted(seen)}; drafts: {[each['state'] + (': ' + each['problem'] if each.get('problem') else '') for each in ends]}"


def run(options, house, chance, scratch):
    house.open()
    for worker in house.workers:
        worker.start()
        wait_for(f"{worker.name} to be ready", lambda: worker.says("work.ready"))
    records = []
    for _ in range(options.rounds):
        print(f"  few descriptors: {few_descriptors(house, records, chance)}", flush=True)
    for _ in range(-(-options.rounds // 2)):
        print(f"  little memory: {little_memory(house, records)}", flush=True)
    for record in records:
        record.compare(house.call("GET", f"/api/v1/listings/{record.listing}")[1])
    for process in house.processes():
        if process.stop() != 0:
            raise Fault(f"{process.name} did not end well")
    judge(files_below(house.folder), records, house.cookie, scratch)


def attempt(trial):
    root, scratch = trial.make_folders("house", "scratch")
    house = House(trial.options.binary, root, workers=1)
    try:
        run(trial.options, house, trial.chance, scratch)
    finally:
        house.kill_all()
    return "without descriptors and without memory nothing was lost"


if __name__ == "__main__":
    sys.exit(run_trial(__doc__, {"rounds": (2, "with few descriptors; half as many with little memory")}, attempt))
