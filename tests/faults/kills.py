#!/usr/bin/env python3
"""kill -9 of the server and of its workers at random times, while clients upload, edit and approve.

Whatever was acknowledged is there afterwards, exactly once, and every upload ends as exactly one draft. Ctrl-C ends the
kills early; what is there is then looked at all the same.
  tests/faults/kills.py build/release/vitrine [--rounds 20] [--photos 20] [--seed N]
"""

import statistics
import sys
import time

from house import Fault, House, moments, sha256, wait_for
import ledger
from seller import Seller
from trial import run_trial

SELLERS = 2
WORKERS = 2
WAITING_MAX = 6  # uploads without a draft; with more the kills wait for the workers, so that there is something to approve
SERVER_SHARE = 0.7  # of the kills; a worker's models take seconds to load again


def run(trial, house):
    chance = trial.chance
    house.open()
    for worker in house.workers:
        worker.start()
    numbers = list(range(trial.options.photos))
    sellers = [Seller(house, numbers[i::SELLERS], chance.random()) for i in range(SELLERS)]
    for seller in sellers:
        seller.start()

    ready_after = []
    killed = {process.name: 0 for process in house.processes()}
    try:
        for turn in range(trial.options.rounds):
            for seller in sellers:  # some photos are left to upload until the last kill
                seller.uploading.clear()
                seller.allowed = -(-len(seller.numbers) * (turn + 1) // trial.options.rounds)
            wait_for("the workers to keep up", lambda: keeps_up(house, sellers))
            kill_one(house, sellers, chance, killed, ready_after)
            if (turn + 1) % 50 == 0:
                print(f"  {turn + 1} rounds, {trial.seconds():.0f} s", flush=True)
    except KeyboardInterrupt:
        print("  no more kills", flush=True)
        for process in house.processes():
            if not process.running:
                process.start()

    for seller in sellers:
        seller.allowed = len(seller.numbers)
        seller.finishing.set()
    for seller in sellers:
        while seller.is_alive():
            expect_well(house, sellers)
            seller.join(0.1)
    expect_well(house, sellers)

    records = [record for seller in sellers for record in seller.records]
    again = wait_for_drafts(house, sellers)
    for record in records:
        look_once_more(house, record)
    for process in house.processes():
        code = process.stop()
        if code != 0:
            raise Fault(f"{process.name} ended with {code} when it was asked to")
    ledger.check(house.data, records)
    expect_no_socket_left(house.data)

    total = {what: sum(seller.count[what] for seller in sellers) for what in sellers[0].count}
    print(f"  killed: {killed}; retried by hand after five lost workers: {again}")
    print(f"  acknowledged: {total}")
    if ready_after:
        print(f"  server ready after a kill: median {statistics.median(ready_after):.2f} s, longest {max(ready_after):.2f} s")


def keeps_up(house, sellers):
    expect_well(house, sellers)
    return sum(not record.drafted for seller in sellers for record in list(seller.records)) <= WAITING_MAX


def kill_one(house, sellers, chance, killed, ready_after):
    victim = house.server if chance.random() < SERVER_SHARE else chance.choice(house.workers)
    wait_for_moment(house, sellers, victim, chance)
    kills = 2 if victim is house.server and chance.random() < 0.1 else 1  # while it recovers, too
    for kill in range(kills):
        if kill > 0:
            time.sleep(chance.uniform(0, 0.25))
        victim.kill()
        killed[victim.name] += 1
        victim.start()
    if victim is house.server:
        ready_after.append(house.wait_for_server())


def wait_for_moment(house, sellers, victim, chance):
    """Any time, or while a request, an upload most of all, is on its way (server), or while a draft is made (worker)."""
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0, 0.5))
    elif victim is house.server:
        seller = chance.choice(sellers)
        if chance.random() < 0.5:
            seller.uploading.wait(1)
        else:
            seller.sending.clear()
            seller.sending.wait(1)
        time.sleep(chance.uniform(0, 0.03))
    else:
        until = time.monotonic() + 2
        while time.monotonic() < until and not house.call("GET", "/api/v1/jobs?state=running")[1]["jobs"]:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))


def expect_well(house, sellers):
    """No client has seen a fault, and nothing ended that was not killed."""
    for seller in sellers:
        if seller.fault:
            raise seller.fault
    for process in house.processes():
        if process.died() is not None:
            raise Fault(f"{process.name} ended by itself with {process.died()}:\n{process.log.read_text(errors='replace')[-2000:]}")


def wait_for_drafts(house, sellers):
    """Until no job waits or runs. A job that lost five workers is a dead letter, which a person runs again: how many."""
    again, before, patience = 0, None, moments()
    while True:
        expect_well(house, sellers)
        if house.call("GET", "/api/v1/jobs?state=dead")[1]["jobs"]:
            again += house.call("POST", "/api/v1/jobs/retry")[1]["jobs"]
        jobs = [job for state in ("ready", "running") for job in house.call("GET", f"/api/v1/jobs?state={state}&limit=200")[1]["jobs"]]
        if not jobs:
            return again
        now = sorted((job["id"], job["state"], job["attempts"]) for job in jobs)
        if now != before:
            before, patience = now, moments()
        if next(patience, "over") == "over":
            raise Fault(f"{len(jobs)} jobs are not done and nothing moves: {jobs[0]}")
        time.sleep(0.1)


def look_once_more(house, record):
    status, shown, _ = house.call("GET", f"/api/v1/listings/{record.listing}")
    if status != 200:
        raise Fault(f"listing {record.listing} was acknowledged and is answered {status}")
    record.compare(shown)
    status, original, _ = house.call("GET", f"/api/v1/photos/{shown['photos'][0]['id']}/original")
    if status != 200 or sha256(original) != record.photo_sha256:
        raise Fault(f"the original of photo {record.number} is not what was uploaded ({status}, {len(original)} bytes)")


def expect_no_socket_left(data):
    left = [path.name for path in (data / "processes").iterdir() if path.suffix == ".socket"]
    if len(left) > 1:  # the last to be killed may leave one to whoever joins next
        raise Fault(f"sockets of dead processes were left: {left}")


def attempt(trial):
    house = House(trial.options.binary, trial.folder, WORKERS)
    try:
        run(trial, house)
    finally:
        house.kill_all()
    return "nothing acknowledged was lost or doubled"


if __name__ == "__main__":
    sys.exit(run_trial(__doc__, {"rounds": (20, "kills"), "photos": (20, "uploads")}, attempt))
