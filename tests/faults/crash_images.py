#!/usr/bin/env python3
"""Power cuts: what the disk may hold at any moment while clients upload, edit and approve.

A real server and a real worker run on a disk that keeps a diary (disk.py), are stopped and started again meanwhile, and
the clients write into the same diary what they were told. Then the machine is lost at many lines of it, and each time a
disk is drawn that may be left (remains.py): what was synced is there; what was not is kept, dropped, torn or reordered by chance.
Each such disk must open, hold all that was acknowledged before, and nothing half. Some are given to the real server.

At the end the same diary is read without believing some of its syncs. Then something must be found to be missing: a
judge that cannot condemn is none.
  tests/faults/crash_images.py build/release/vitrine [--images 200] [--served 3] [--photos 6] [--seed N]
  tests/faults/crash_images.py build/release/vitrine --again FOLDER --seed N    the diary of an earlier run
"""

import copy
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

from disk import Disk, lines
from house import Fault, House, sha256, wait_for
from judge import judge
from remains import Remains
from seller import Record, Seller
from trial import run_trial

SELLERS = 2
PAUSE = 0.05  # seconds between two changes: as many as hit every part of the machinery, not as many as there can be
DOUBTS = {  # what is not believed, so that something must be missing
    "the syncs of the database (synchronous=OFF)": {"forget": ["/vitrine.db"]},
    "the syncs of photos": {"forget": ["/upload-"]},
    "the syncs of the folders that photos lie in": {"forget": ["/photos/(.*/)?$"]},
    "the sync of the folder that the data folder lies in": {"forget": ["/house/$"]},
    "that an answer comes after the commit": {"early": True},
}


class Recorded(Seller):
    """A seller whose questions and answers are in the diary, too."""

    def __init__(self, disk, *seller):
        super().__init__(*seller)
        self.disk = disk

    def ask(self, method, path, body=None, headers=()):
        asked = {"method": method, "path": path, "sha256": sha256(body)} if isinstance(body, bytes) else {"method": method, "path": path, "body": body}
        self.disk.mark(seller=self.ident, asked=asked)
        answer = super().ask(method, path, body, headers)
        if answer:
            self.disk.mark(seller=self.ident, asked=asked, status=answer[0], answer=answer[1])
        return answer

    def change(self, record):
        time.sleep(PAUSE)
        super().change(record)


def record(options, folder, chance):
    """Runs the house on the disk with the diary. The house, stopped, and its diary."""
    root = folder / "house"
    root.mkdir()
    disk = Disk(folder, root, with_diary=True)
    house = House(options.binary, root, workers=1, under=disk.environment)
    try:
        house.open()
        disk.mark(cookie=house.cookie)
        house.workers[0].start()
        numbers = list(range(options.photos))
        sellers = [Recorded(disk, house, numbers[i::SELLERS], chance.random()) for i in range(SELLERS)]
        for seller in sellers:
            seller.start()
        for half in (1, 2):
            for seller in sellers:
                seller.allowed = len(seller.numbers) * half // 2

            def drafted():
                for seller in sellers:
                    if seller.fault:
                        raise seller.fault
                return all(len(seller.records) >= seller.allowed and all(record.drafted for record in seller.records) for seller in sellers)

            wait_for("all drafts", drafted)
            for process in (house.server, *house.workers):  # stopped as people do, it tidies its log away
                if process.stop() != 0:
                    raise Fault(f"{process.name} did not end well:\n{process.log.read_text()[-2000:]}")
                process.start()
            house.wait_for_server()
            time.sleep(chance.uniform(0.2, 0.6))
        for seller in sellers:
            seller.finishing.set()
            seller.join()
            if seller.fault:
                raise seller.fault
        for process in house.processes():
            process.stop()
    finally:
        house.kill_all()
    return root, disk.diary


class Told:
    """What the clients knew at a line of the diary."""

    def __init__(self, early):
        self.records, self.cookie, self.early = {}, None, early
        self.uploading, self.acknowledged = {}, 0

    def take(self, mark):
        if "cookie" in mark:
            self.cookie = mark["cookie"]
            return
        asked = mark["asked"]
        if "status" in mark:
            self.answered(asked, mark["status"], mark["answer"])
        elif asked["method"] in ("PATCH", "POST") and "sha256" not in asked:
            self.record_of(asked).tried = (asked["body"] or {}, asked["path"].endswith("/approve"))
            if self.early:  # as if it had been answered already
                known = self.record_of(asked)
                known.words, known.approved, known.tried = {**known.words, **known.tried[0]}, known.tried[1], None

    def answered(self, asked, status, answer):
        if "sha256" in asked:
            if status in (200, 202):
                self.acknowledged += 1
                self.records.setdefault(answer["listing"], Record(None, asked["sha256"], answer["listing"]))
            return
        known = self.record_of(asked)
        if status == 200:
            if asked["method"] != "GET":
                self.acknowledged += 1
                if known.tried:
                    known.words, known.approved, known.tried = {**known.words, **known.tried[0]}, known.tried[1], None
            known.compare(answer)
        elif status == 412:
            known.tried = None

    def record_of(self, asked):
        return self.records[asked["path"].split("/")[4]]


def serve(options, files, told, folder):
    """The real server, started on this disk."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    folder.mkdir(exist_ok=True)
    house = House(options.binary, folder, workers=0)
    try:
        house.server.start()
        house.wait_for_server()
        if told.cookie:
            house.cookie = told.cookie
            status, listed, _ = house.call("GET", "/api/v1/listings?limit=100")
            if status != 200:
                raise Fault(f"the list was answered {status}: {listed}")
            missing = told.records.keys() - {listing["id"] for listing in listed["listings"]}
            if missing:
                raise Fault(f"the server does not list {missing}")
        for record in told.records.values():
            now = house.call("GET", f"/api/v1/listings/{record.listing}")[1]
            copy.copy(record).compare(now)
            status, original, _ = house.call("GET", f"/api/v1/photos/{now['photos'][0]['id']}/original")
            if status != 200 or sha256(original) != record.photo_sha256:
                raise Fault(f"the original of listing {record.listing} was answered {status}, {len(original)} bytes")
        if house.server.stop() != 0:
            raise Fault("the server did not end well")
    finally:
        house.kill_all()


def cut_points(diary, images, chance):
    """Half of them anywhere; the others right after somebody was told something, or a sync began or ended."""
    kinds = [line[0] for line in lines(diary)]
    sharp = [number for number, kind in enumerate(kinds, 1) if kind in "MSsE"]
    anywhere = range(1, len(kinds) + 1)
    return sorted(chance.sample(anywhere, min(images // 2, len(anywhere))) + chance.sample(sharp, min(images - images // 2, len(sharp))))


def cut(diary, root, cuts, seed, look, forget=(), early=False):
    """Cuts the power after so many lines, each; `look` judges what is left. How many answers were held against them."""
    remains, told, left, last = Remains(root, forget), Told(early), list(cuts), -1
    for number, line in enumerate(lines(diary), 1):
        if line[0] == "M":
            told.take(json.loads(bytes(line[5])))
        else:
            remains.take(line)
        while left and left[0] == number:
            left.pop(0)
            last = last + 1
            files, how = remains.image(random.Random(f"{seed} {number} {last}"))
            try:
                look(last, files, told)
            except Fault as fault:
                raise Fault(f"power cut after line {number} of {diary}, {how}: {fault}") from fault
    return remains, told


def expect_doubts_are_noticed(diary, root, cuts, seed, scratch):
    for what, doubt in DOUBTS.items():
        try:
            cut(diary, root, cuts, seed, lambda _, files, told: judge(files, told.records.values(), told.cookie, scratch), **doubt)
        except Fault as fault:
            print(f"  without {what}: {str(fault).partition(': ')[2]}")
        else:
            raise Fault(f"without {what} nothing was found to be missing; this test cannot fail")


def attempt(trial):
    options, folder = trial.options, trial.folder
    memory = pathlib.Path("/dev/shm")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-faults-", dir=memory if os.access(memory, os.W_OK) else None))
    try:
        root, diary = (folder / "house", folder / "diary") if options.again else record(options, folder, random.Random(trial.seed))
        recorded = trial.seconds()
        cuts = cut_points(diary, options.images, trial.chance)
        every = max(1, len(cuts) // max(1, options.served))

        def look(number, files, told):
            judge(files, told.records.values(), told.cookie, scratch)
            if options.served and number % every == every - 1:
                serve(options, files, told, scratch / "house")

        remains, told = cut(diary, root, cuts, trial.seed, look)
        remains.expect_complete()
        judged = trial.seconds() - recorded
        expect_doubts_are_noticed(diary, root, cuts, trial.seed, scratch)
    finally:
        shutil.rmtree(scratch)
    print(f"  {remains.count} changes and syncs of the disk, {told.acknowledged} changes acknowledged; recorded in {recorded:.0f} s, judged in {judged:.0f} s")
    return f"{len(cuts)} power cuts took nothing that was acknowledged and left nothing half"


if __name__ == "__main__":
    sys.exit(run_trial(__doc__, {"images": (200, "power cuts"), "served": (3, "of these are given to the real server"), "photos": (6, "uploads")}, attempt, resumes=True))
