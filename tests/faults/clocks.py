#!/usr/bin/env python3
"""A wall clock that jumps by hours, forward and back, while people work and drafts are made.

No lease ends early for it and no draft is made twice, who is signed in stays so, and a draft that failed for a while is
tried again after its pause, though the clock was set back meanwhile.
  tests/faults/clocks.py build/release/vitrine [--photos 8] [--seed N]
"""

import mmap
import struct
import sys
import time

from disk import Disk, build
from house import Fault, House, photo, wait_for
import ledger
from seller import Seller
from trial import run_trial

WORKERS = 2
HOURS_MAX = 6


class WallClock:
    """Of all processes that are started with its environment."""

    def __init__(self, folder):
        control = folder / "clock-control"
        control.write_bytes(bytes(8))
        with open(control, "r+b") as file:
            self.ahead = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(build(folder, "clock_shim")), "VITRINE_CLOCK_CONTROL": str(control)}

    def set(self, hours):
        struct.pack_into("<q", self.ahead, 0, int(hours * 3600 * 10**9))


def job_of(house, listing):
    jobs = [job for job in house.call("GET", "/api/v1/jobs?limit=200")[1]["jobs"] if job["payload"]["listing"] == listing]
    return jobs[0]


def jumps(house, clock, photos, chance):
    """While a seller uploads and edits, until every photo has its draft. How often."""
    seller = Seller(house, list(range(photos)), chance.random())
    seller.allowed = photos
    seller.start()
    count = 0

    def drafted():
        nonlocal count
        if seller.fault:
            raise seller.fault
        clock.set(chance.uniform(-HOURS_MAX, HOURS_MAX))
        count += 1
        time.sleep(chance.uniform(0, 0.3))
        if house.call("GET", "/api/v1/listings")[0] != 200:
            raise Fault("who was signed in is not, after a jump of hours")
        return len(seller.records) == photos and all(record.drafted for record in seller.records)

    wait_for("all drafts", drafted)
    seller.finishing.set()
    seller.join()
    if seller.fault:
        raise seller.fault
    clock.set(0)
    for job in house.call("GET", "/api/v1/jobs?limit=200")[1]["jobs"]:
        if job["attempts"] != 1:
            raise Fault(f"a draft was begun {job['attempts']} times: {job}")
    return seller.records, count


def tries_again(house, clock, disk, number, hours):
    """A draft fails, for its smaller pictures cannot be written; the clock jumps before it is tried again."""
    disk.room(0, "/.incoming/")
    status, made, _ = house.call("POST", "/api/v1/listings", photo(number))
    if status != 202:
        raise Fault(f"the upload was answered {status}: {made}")
    wait_for("the draft to fail", lambda: job_of(house, made["listing"]).get("error_code") == "photo.disk_full")
    clock.set(hours)
    disk.heal()
    started = time.monotonic()
    wait_for(f"the draft to be tried again, the clock set by {hours} h", lambda: house.call("GET", f"/api/v1/listings/{made['listing']}")[1]["state"] == "draft")
    return time.monotonic() - started


def run(options, house, clock, disk, chance):
    house.open()
    for worker in house.workers:
        worker.start()
    records, count = jumps(house, clock, options.photos, chance)
    for process in house.processes():
        process.stop()
    ledger.check(house.data, records)
    for process in house.processes():
        process.start()
    house.wait_for_server()
    waited = [tries_again(house, clock, disk, options.photos + number, hours) for number, hours in enumerate((-HOURS_MAX, HOURS_MAX))]
    for process in house.processes():
        if process.stop() != 0:
            raise Fault(f"{process.name} did not end well")
    print(f"  {count} jumps; tried again after {waited[0]:.1f} s with the clock set back, {waited[1]:.1f} s with it set forward")


def attempt(trial):
    (root,) = trial.make_folders("house")
    clock, disk = WallClock(trial.folder), Disk(trial.folder, root)
    under = {**disk.environment, **clock.environment, "LD_PRELOAD": f"{disk.environment['LD_PRELOAD']}:{clock.environment['LD_PRELOAD']}"}
    house = House(trial.options.binary, root, WORKERS, under)
    try:
        run(trial.options, house, clock, disk, trial.chance)
    finally:
        house.kill_all()
    return "the clock jumped, and no lease ended, no draft was made twice, nobody was signed out"


if __name__ == "__main__":
    sys.exit(run_trial(__doc__, {"photos": (8, "uploads while the clock jumps")}, attempt))
