"""A client that uploads, edits and approves, and keeps a record of everything it was told.

An acknowledgement is an answer: of a write, that it is done; of a read, that it was so. Neither may be taken back, so
every later answer is compared with the record at once.
"""

import random
import threading
import time

from house import Fault, Lost, photo, sha256


class Record:
    """What is known of one listing."""

    def __init__(self, number, photo_sha256, listing):
        self.number, self.photo_sha256, self.listing = number, photo_sha256, listing
        self.version = 0
        self.words = {}  # what a person set, by field
        self.approved = False
        self.drafted = False
        self.tried = None  # the change whose answer was lost: ({field: words}, approve)

    def compare(self, shown):
        """Takes an answer into the record. Raises Fault when something that was acknowledged is not so any more."""
        words = {name: shown["fields"][name]["value"] for name in self.words}
        approved = shown["state"] == "approved"
        possible = [(self.words, self.approved)]
        if self.tried:
            tried_words, tried_approved = self.tried
            possible.append(({**self.words, **tried_words}, tried_approved))
            words.update({name: shown["fields"][name].get("value") for name in tried_words})
        if shown["version"] < self.version:
            raise Fault(f"listing {self.listing} went back from version {self.version} to {shown['version']}")
        if shown["photos"][0]["sha256"] != self.photo_sha256:
            raise Fault(f"listing {self.listing} has another photo than was uploaded")
        if not any(approved == each and all(words[name] == value for name, value in said.items()) for said, each in possible):
            raise Fault(
                f"listing {self.listing}, version {shown['version']}, is {shown['state']} and says {words}; "
                f"acknowledged at version {self.version}: approved={self.approved}, {self.words}; without an answer: {self.tried}"
            )
        if self.tried:
            said = {**self.words, **self.tried[0]}
            if all(words[name] == value for name, value in said.items()):
                self.words = said
        self.version, self.approved, self.tried = shown["version"], approved, None
        self.drafted = shown["state"] in ("draft", "approved")


class Seller(threading.Thread):
    """Uploads the photos of these numbers as it is allowed to, and meanwhile edits and approves what it has. Each listing
    has one seller, so that the record is the whole truth about its person's fields."""

    def __init__(self, house, numbers, seed):
        super().__init__(daemon=True)
        self.house, self.numbers, self.random = house, numbers, random.Random(seed)
        self.records = []
        self.allowed = 0  # photos that may be uploaded by now
        self.sending, self.uploading = threading.Event(), threading.Event()  # set when a request goes out, or a new photo
        self.finishing = threading.Event()
        self.fault = None
        self.count = {"uploads": 0, "edits": 0, "approvals": 0, "lost answers": 0, "refused": 0}

    def run(self):
        try:
            while not (self.finishing.is_set() and len(self.records) == len(self.numbers)):
                if len(self.records) < min(self.allowed, len(self.numbers)):
                    self.upload(self.numbers[len(self.records)])
                elif self.records:
                    self.change(self.random.choice(self.records))
                else:
                    time.sleep(0.01)
        except Exception as fault:  # told to whoever waits for this thread
            self.fault = fault

    def ask(self, method, path, body=None, headers=()):
        """None when there was no answer."""
        try:
            status, answer, _ = self.house.call(method, path, body, headers, self.sending)
        except Lost:
            self.count["lost answers"] += 1
            time.sleep(0.02)
            return None
        if status in (429, 500, 503):
            raise Fault(f"{method} {path} was answered {status}: {answer}")
        return status, answer

    def upload(self, number):
        """Sends it until there is an answer, as a program would."""
        data = photo(number)
        self.uploading.set()
        answer = None
        while answer is None:
            answer = self.ask("POST", "/api/v1/listings", data, {"Idempotency-Key": f"photo {number}"})
            if answer and answer[0] == 409 and answer[1]["code"] == "auth.idempotency_running":
                answer = None
        status, made = answer
        if status not in (200, 202):
            raise Fault(f"photo {number} was refused: {made}")
        self.records.append(Record(number, sha256(data), made["listing"]))
        self.count["uploads"] += 1

    def look(self, record):
        answer = self.ask("GET", f"/api/v1/listings/{record.listing}")
        if answer is None:
            return None
        status, shown = answer
        if status != 200:
            raise Fault(f"photo {record.number} was acknowledged as {record.listing}, which is answered {status}: {shown}")
        record.compare(shown)
        return shown

    def change(self, record):
        shown = self.look(record)
        if shown is None:
            return
        blocked = any(remark["severity"] == "block" for remark in shown["remarks"])
        if shown["state"] == "draft" and not blocked and self.random.random() < 0.5:
            self.approve(record)
        else:
            self.edit(record, shown["version"])

    def edit(self, record, version):
        field = self.random.choice(["title", "description", "size"])
        words = {field: f"{field} {self.random.randrange(10**9)} of photo {record.number}"[:40]}
        record.tried = (words, False)  # an edit brings an approved listing back
        answer = self.ask("PATCH", f"/api/v1/listings/{record.listing}", words, {"If-Match": f'"{version}"'})
        if answer is None:
            return
        self.take(record, answer, "edits")

    def approve(self, record):
        record.tried = ({}, True)
        answer = self.ask("POST", f"/api/v1/listings/{record.listing}/approve")
        if answer is None:
            return
        self.take(record, answer, "approvals")

    def take(self, record, answer, what):
        status, shown = answer
        if status == 200:
            tried_words, tried_approved = record.tried
            record.words, record.approved, record.tried = {**record.words, **tried_words}, tried_approved, None
            record.compare(shown)
            self.count[what] += 1
        else:  # the machine drafted it meanwhile: 412
            record.tried = None
            self.count["refused"] += 1
            if status != 412:
                raise Fault(f"{what} of {record.listing} were answered {status}: {shown}")
