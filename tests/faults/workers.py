#!/usr/bin/env python3
"""Workers in processes of their own: one that stands still for longer than its lease, and one that is killed.

The sleeper can write nothing when it wakes, though nobody else has finished its draft. A dead worker's draft is begun
again by another at once, long before its lease is over. Who watches the server's events hears of both drafts.
  tests/faults/workers.py build/release/vitrine [--rounds 1] [--seed N]
"""

import http.client
import json
import signal
import sqlite3
import sys
import threading
import time

from house import Fault, House, photo, wait_for
from trial import run_trial

PHOTOS = 8  # of one listing, so that its draft takes a while
LEASE_LONG = 600  # seconds: nobody gets a job because of this one's time
LEASE_SHORT = 1


def upload(house, chance):
    """One listing of several photos. Its id and its job."""
    boundary = "a-boundary-that-no-photo-holds"
    body = b""
    for _ in range(PHOTOS):
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="it.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body += head.encode() + photo(chance.randrange(10**9)) + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    status, made, _ = house.call("POST", "/api/v1/listings", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    if status != 202:
        raise Fault(f"the upload was answered {status}: {made}")
    return made["listing"], made["job"]


class Watcher(threading.Thread):
    """Reads the server's event stream, which no process but the server itself writes to."""

    def __init__(self, house):
        super().__init__(daemon=True)
        connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=None)
        connection.request("GET", "/api/v1/events", headers={"Cookie": house.cookie})
        self.stream = connection.getresponse()
        self.drafts = set()  # listings that became one

    def run(self):
        for line in self.stream:
            if line.startswith(b"data: "):
                event = json.loads(line[len(b"data: "):])
                if event.get("data", {}).get("state") == "draft":
                    self.drafts.add(event["subject"])


def job(house, id):
    return house.call("GET", f"/api/v1/jobs/{id}")[1]


def listing(house, id):
    return house.call("GET", f"/api/v1/listings/{id}")[1]


def stop(house, worker):
    """Stops it outside a write to the database: SQLite's lock stays with a process that stands still, and is nobody's."""
    while True:
        worker.signal(signal.SIGSTOP)
        database = sqlite3.connect(house.data / "vitrine.db", timeout=2, isolation_level=None)
        try:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            worker.signal(signal.SIGCONT)
            time.sleep(0.01)
        finally:
            database.close()


def upload_and_catch(house, worker, chance):
    """Uploads until the worker is stopped in the middle of a draft."""
    for _ in range(20):
        id, its_job = upload(house, chance)
        wait_for("the draft to begin", lambda: listing(house, id)["state"] != "received")
        time.sleep(chance.uniform(0, 0.3))
        stop(house, worker)
        if listing(house, id)["state"] == "drafting":
            return id, its_job
        worker.signal(signal.SIGCONT)
    raise Fault("the worker is too quick to be caught in the middle of a draft")


def ready_worker(house, name, lease_seconds):
    worker = house.worker(name, lease_seconds)
    house.workers.append(worker)
    worker.start()
    wait_for(f"{name} to be ready", lambda: worker.died() is not None or worker.says("work.ready"))
    if worker.died() is not None:
        raise Fault(f"{name} ended with {worker.died()}: {worker.log.read_text()[-2000:]}")
    return worker


def sleeps_beyond_its_lease(house, watcher, turn, chance):
    sleeper = ready_worker(house, f"sleeper {turn}", LEASE_SHORT)
    id, its_job = upload_and_catch(house, sleeper, chance)
    successor = ready_worker(house, f"successor {turn}", LEASE_LONG)
    wait_for("the successor to take the job", lambda: job(house, its_job)["attempts"] == 2)
    stop(house, successor)  # so that all that is written from here on is of the sleeper
    before = listing(house, id)
    if before["state"] != "drafting":
        raise Fault(f"the successor could not be caught: the listing is {before['state']}")
    sleeper.signal(signal.SIGCONT)
    wait_for("the sleeper to be through", lambda: sleeper.says("job.failed") or listing(house, id) != before)
    wait_for("the sleeper to be refused", lambda: sleeper.says("job.not_recorded") or listing(house, id) != before)
    if listing(house, id) != before:
        raise Fault(f"a worker that had lost its job wrote: version {before['version']} became {listing(house, id)['version']}")
    codes = {line["code"] for event in ("job.failed", "job.not_recorded") for line in sleeper.says(event)}
    if codes != {"queue.fenced"}:
        raise Fault(f"the sleeper was refused with {codes}")
    successor.signal(signal.SIGCONT)
    wait_for("the successor's draft", lambda: listing(house, id)["state"] == "draft")
    wait_for("the job to be done", lambda: job(house, its_job)["state"] == "done")
    wait_for("the news of the draft", lambda: id in watcher.drafts)
    for worker in (sleeper, successor):
        worker.stop()
        house.workers.remove(worker)


def is_killed(house, watcher, turn, chance):
    victim = ready_worker(house, f"victim {turn}", LEASE_LONG)
    id, its_job = upload_and_catch(house, victim, chance)
    heir = ready_worker(house, f"heir {turn}", LEASE_LONG)
    if job(house, its_job)["attempts"] != 1:
        raise Fault("a job was taken from a worker whose lease was good")
    killed = time.monotonic()
    victim.kill()
    wait_for("the draft to begin again", lambda: job(house, its_job)["attempts"] == 2)
    again = time.monotonic() - killed
    wait_for("the draft", lambda: listing(house, id)["state"] == "draft")
    wait_for("the news of the draft", lambda: id in watcher.drafts)
    heir.stop()
    house.workers.remove(victim)
    house.workers.remove(heir)
    return again


def attempt(trial):
    house = House(trial.options.binary, trial.folder, workers=0)
    try:
        house.open()
        watcher = Watcher(house)
        watcher.start()
        begun_again = []
        for turn in range(trial.options.rounds):
            sleeps_beyond_its_lease(house, watcher, turn, trial.chance)
            begun_again.append(is_killed(house, watcher, turn, trial.chance))
    finally:
        house.kill_all()
    print(f"  a dead worker's draft was begun again after {max(begun_again):.3f} s at most")
    return "the sleeper wrote nothing, the dead one was replaced"


if __name__ == "__main__":
    sys.exit(run_trial(__doc__, {"rounds": (1, "of each of the two")}, attempt))
