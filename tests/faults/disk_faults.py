#!/usr/bin/env python3
"""A disk that is full for a while, and a disk that refuses to sync.

While it is full, writes are refused in words, reads go on, and nothing half is left; when there is room again all goes on,
and nothing is started anew. When a sync fails, the process stops rather than pretend; started again, it has all that was
acknowledged. Drafts are made meanwhile by a worker on the same disk.
  tests/faults/disk_faults.py build/release/vitrine [--rounds 6] [--seed N]
"""

import random
import signal
import sys

from disk import Disk, MountedDisk
from house import Fault, House, Lost, sha256
from judge import files_below, judge
from kills import wait_for_drafts
from seller import Seller
from trial import run_trial

SYNCED = {  # what is synced, each kind by another line of the program
    "the log of the database": "/vitrine.db-wal$",
    "the database": "/vitrine.db$",
    "a photo": "/tmp/upload-",
    "a photo's folder": "/photos/",
}
STEPS_MAX = 2000  # until something must have been refused, or have stopped


class Refused(Fault):
    pass


class Customer(Seller):
    """A seller that takes 503 and 507 for an answer. Its steps are called one by one."""

    def __init__(self, house, chance):
        super().__init__(house, [], chance.random())
        self.next_photo = 0

    def ask(self, method, path, body=None, headers=()):
        status, answer, _ = self.house.call(method, path, body, headers)
        if status in (503, 507):
            if not answer.get("detail"):
                raise Fault(f"{method} {path} was refused without a word: {answer}")
            raise Refused(answer["detail"])
        if status >= 500 or status == 429:
            raise Fault(f"{method} {path} was answered {status}: {answer}")
        return status, answer

    def upload_next(self):
        self.upload(self.next_photo)
        self.next_photo += 1

    def step(self):
        """One upload or change. What was said when it was refused: then it has not happened."""
        try:
            if not self.records or self.random.random() < 0.1:
                self.upload_next()
            else:
                self.change(self.random.choice(self.records))
        except Refused as refused:
            for record in self.records:
                record.tried = None
            return str(refused)
        return None

    def look_at_all(self):
        for record in self.records:
            shown = self.look(record)
            status, original, _ = self.house.call("GET", f"/api/v1/photos/{shown['photos'][0]['id']}/original")
            if status != 200 or sha256(original) != record.photo_sha256:
                raise Fault(f"the original of photo {record.number} was answered {status}, {len(original)} bytes")


def expect_all_alive(house):
    for process in house.processes():
        if process.died() is not None:
            raise Fault(f"{process.name} ended with {process.died()}:\n{process.log.read_text(errors='replace')[-2000:]}")


def is_full(house, disk, customer, chance):
    """Until an upload was refused; a change may be, when the log of the database has to grow."""
    disk.room(chance.choice([0, chance.randrange(300_000)]))
    said = set()
    for _ in range(STEPS_MAX):
        if refusal := customer.step():
            said.add(refusal)
        if disk.is_full() and len(said) > 0 and chance.random() < 0.2:
            break
    else:
        raise Fault("nothing was refused by a full disk")
    try:
        customer.upload_next()
        raise Fault("a photo was taken by a full disk")
    except Refused as refused:
        said.add(str(refused))
    customer.look_at_all()
    status, ready, _ = house.call("GET", "/ready")
    if status != 503 or "disk" not in str(ready):
        raise Fault(f"/ready does not tell of a full disk: {status} {ready}")
    expect_all_alive(house)
    disk.heal()
    customer.upload_next()
    for _ in range(5):
        if refusal := customer.step():
            raise Fault(f"there is room again, and yet: {refusal}")
    return said


def fails_to_sync(house, disk, customer, part, chance):
    """Until a process has stopped for it, which one it was."""
    disk.fail_sync(part, after=chance.randrange(3))
    for _ in range(STEPS_MAX):
        try:
            customer.step()
        except Lost:
            pass
        stopped = [process for process in house.processes() if process.died() is not None]
        if stopped:
            break
    else:
        raise Fault(f"a sync of {part} was to fail and nothing stopped")
    disk.heal()
    for process in stopped:
        if process.died() != -signal.SIGABRT or not (process.says("store.disk_failed") or process.says("disk.fsync_failed")):
            raise Fault(f"{process.name} ended with {process.died()}:\n{process.log.read_text(errors='replace')[-2000:]}")
        process.start()
    house.wait_for_server()
    customer.look_at_all()
    return stopped[0].name


def run(options, house, disk, chance, scratch):
    house.open()
    for worker in house.workers:
        worker.start()
    customer = Customer(house, chance)
    customer.upload_next()
    said = set()
    for _ in range(options.rounds):
        said |= is_full(house, disk, customer, chance)
    expect_all_alive(house)
    stopped = {what: fails_to_sync(house, disk, customer, part, chance) for _ in range(-(-options.rounds // 6)) for what, part in SYNCED.items()}
    for process in house.processes():
        process.kill()
        process.start()
    house.wait_for_server()
    wait_for_drafts(house, [])
    customer.look_at_all()
    for process in house.processes():
        if process.stop() != 0:
            raise Fault(f"{process.name} did not end well")
    files = files_below(house.folder)
    judge(files, customer.records, house.cookie, scratch)
    left = [path for path in files if path.startswith("data/tmp/") or "/.incoming/" in path]
    print(f"  said: {sorted(said)}")
    print(f"  stopped by a failed sync of {stopped}; {len(customer.records)} uploads held; left of uploads that ended: {len(left)}")


def run_mounted(options, folder, chance, scratch):
    """The same with the kernel's own full disk. False where mounting is not allowed."""
    house = House(options.binary, folder / "mounted", workers=0)
    disk = MountedDisk(house.data, megabytes=32 + 4 * options.rounds)
    try:
        if not disk.is_mounted:
            return False
        house.open()
        customer = Customer(house, chance)
        customer.upload_next()
        for _ in range(options.rounds):
            is_full(house, disk, customer, chance)
        if house.server.stop() != 0:
            raise Fault("the server did not end well on a small disk")
        judge(files_below(house.folder), customer.records, house.cookie, scratch)
        return True
    finally:
        house.kill_all()
        disk.unmount()


def attempt(trial):
    root, scratch = trial.make_folders("house", "scratch")
    disk = Disk(trial.folder, root)
    house = House(trial.options.binary, root, workers=1, under=disk.environment)
    try:
        run(trial.options, house, disk, trial.chance, scratch)
        mounted = run_mounted(trial.options, trial.folder, random.Random(trial.seed), scratch)
    finally:
        house.kill_all()
    print("  a small disk that was really full: the same" if mounted else "  mounting is not allowed here: no disk was really full")
    return "a full disk took nothing and passed, a failed sync stopped who saw it and took nothing"


if __name__ == "__main__":
    sys.exit(run_trial(__doc__, {"rounds": (6, "times full; times unable to sync, each kind: a sixth")}, attempt))
