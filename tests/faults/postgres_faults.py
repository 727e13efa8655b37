#!/usr/bin/env python3
"""Two servers and two workers on one PostgreSQL database, which is killed, stays away and runs out of connections.

Clients upload, edit and approve all the while and keep what they were told. Whatever was acknowledged is there
afterwards, exactly once; every upload ends as exactly one draft; while the database is away every request is answered at
once, with 503 and Retry-After; no password is in any log.
  tests/faults/postgres_faults.py build/release/vitrine [--rounds 3] [--photos 6] [--away 5] [--seed N]

What a COMMIT came to whose answer was lost is tried in src/store/postgres_test.cpp, by a proxy that cuts at that moment.
README.md lists what this was seen to catch.
"""

import copy
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

from house import Fault, House, Lost, Process, photo, wait_for
from kills import expect_well, look_once_more, wait_for_drafts
from postgres import Postgres
from seller import Seller
from trial import run_trial

CONNECTIONS = 6  # of each server, fewer than the requests that come at once
PASSWORD = "a-word-that-no-log-may-hold"
LEASE_SECONDS = 5


class PatientSeller(Seller):
    """Takes a 503 as a lost answer, as long as it is a proper one: it says when to come again, and comes soon."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.count["told to wait"] = 0

    def ask(self, method, path, body=None, headers=()):
        try:
            status, answer, told = self.house.call(method, path, body, headers, self.sending)
        except Lost as lost:
            raise Fault(f"{method} {path} got no answer, though only the database was away: {lost}") from lost
        if status == 503:
            expect_proper(method, path, answer, told)
            self.count["told to wait"] += 1
            time.sleep(0.05)
            return None
        if status in (429, 500):
            raise Fault(f"{method} {path} was answered {status}: {answer}")
        return status, answer


def expect_proper(method, path, answer, told):
    if "Retry-After" not in told or answer.get("code") not in ("store.unavailable", "store.outcome_unknown"):
        raise Fault(f"{method} {path} was answered 503 like this: {dict(told)} {answer}")


class Shop:
    """One database, one data folder, two servers, two workers."""

    def __init__(self, binary, folder, postgres):
        self.postgres = postgres
        address = postgres.address.replace("vitrine@", f"vitrine:{PASSWORD}@")
        under = {
            "VITRINE_DATABASE": address,
            "VITRINE_DATABASE_CONNECTIONS": str(CONNECTIONS),
            "VITRINE_HTTP_THREADS": str(4 * CONNECTIONS),
            "VITRINE_QUEUE_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        self.house = House(binary, folder, workers=0, under=under)
        self.house.workers = [self.house.worker(f"worker {i}", LEASE_SECONDS) for i in range(2)]
        self.other = copy.copy(self.house)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.other.port = free.getsockname()[1]
        first = self.house.server
        command = [word.replace(f":{self.house.port}", f":{self.other.port}") for word in first.command]
        self.other.server = Process("other server", command, first.environment, folder / "serve-other.log")
        self.other.workers = []

    def houses(self):
        return [self.house, self.other]

    def open(self):
        self.house.open()
        self.other.cookie = self.house.cookie
        self.other.server.start()
        self.other.wait_for_server()
        for worker in self.house.workers:
            worker.start()
        for worker in self.house.workers:
            wait_for(f"{worker.name} to be ready", lambda: worker.died() is not None or worker.says("work.ready"))

    def expect_well(self, sellers):
        for house in self.houses():
            expect_well(house, sellers)

    def kill_all(self):
        for house in self.houses():
            house.kill_all()


def ready(house):
    """Whether /ready says that the database answers, and what it says otherwise."""
    parts = house.call("GET", "/ready")[1]["parts"]
    return next((part["ready"], part.get("problem")) for part in parts if part["part"] == "database")


def is_killed(shop, sellers, chance):
    """At a random moment, and back after a random while."""
    seller = chance.choice(sellers)
    seller.sending.clear()
    seller.sending.wait(1)
    time.sleep(chance.uniform(0, 0.05))
    shop.postgres.kill() if chance.random() < 0.5 else shop.postgres.stop(signal.SIGQUIT)
    time.sleep(chance.uniform(0, 0.5))
    shop.postgres.start()
    for house in shop.houses():
        wait_for("the database to be there again", lambda: ready(house)[0])
    shop.expect_well(sellers)


def stays_away(shop, sellers, seconds):
    """Meanwhile every request is answered, none waits for the database to come back."""
    shop.postgres.stop(signal.SIGQUIT)
    longest, asked, back_at = 0, 0, time.monotonic() + seconds
    while time.monotonic() < back_at:
        for house in shop.houses():
            begun = time.monotonic()
            status, answer, told = house.call("GET", "/api/v1/listings")
            longest, asked = max(longest, time.monotonic() - begun), asked + 1
            if status != 503:
                raise Fault(f"without a database a list was answered {status}: {answer}")
            expect_proper("GET", "/api/v1/listings", answer, told)
            is_ready, problem = ready(house)
            if is_ready or not problem:
                raise Fault("without a database /ready says that it is there")
            status = house.call("GET", "/health")[0]
            if status != 200:
                raise Fault(f"without a database /health is answered {status}: the process would be started anew for nothing")
        time.sleep(0.2)
    shop.postgres.start()
    for house in shop.houses():
        wait_for("the database to be there again", lambda: ready(house)[0])
    done = sum(seller.count["edits"] for seller in sellers)
    wait_for("the sellers to go on", lambda: shop.expect_well(sellers) or any(s.fault for s in sellers) or sum(s.count["edits"] for s in sellers) > done)
    shop.expect_well(sellers)
    return asked, longest


def runs_dry(shop):
    """Somebody holds a table, so that every connection is soon held by a request that waits for it. All are answered."""
    holder = subprocess.Popen(
        [shop.postgres.bin / "psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(shop.postgres.port), "-U", "vitrine", "-d", "postgres"]
        + ["-c", "BEGIN; LOCK TABLE listings IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(7); ROLLBACK"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=shop.postgres.folder, **shop.postgres.user,
    )
    wait_for("the table to be held", lambda: shop.postgres.ask("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'listings'::regclass") == "1")
    answers, faults = [], []

    def ask():
        try:
            status, answer, told = shop.house.call("GET", "/api/v1/listings?limit=1")
            if status == 503:
                expect_proper("GET", "/api/v1/listings", answer, told)
            elif status != 200:
                raise Fault(f"a list was answered {status}: {answer}")
            answers.append(status)
        except (Fault, Lost) as fault:
            faults.append(fault)

    asking = [threading.Thread(target=ask, daemon=True) for _ in range(4 * CONNECTIONS)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(120)
    if faults:
        raise Fault(f"with all connections in use: {faults[0]}")
    if len(answers) < len(asking):
        raise Fault(f"with all connections in use {len(asking) - len(answers)} requests were never answered")
    if 503 not in answers:
        raise Fault("all connections were in use, and nobody was told")
    if not shop.house.server.says("store.pool_dry"):
        raise Fault("the pool did not run dry, so nothing was tried")
    holder.wait()
    wait_for("a list to be answered again", lambda: shop.house.call("GET", "/api/v1/listings?limit=1")[0] == 200)
    return answers.count(503), answers.count(200)


def wakes(shop, numbers):
    """How long after its upload was answered a job begins, by an idle worker of another process; seconds."""
    waited = []
    for number in numbers:
        wait_for("the workers to be idle", lambda: shop.postgres.ask("SELECT count(*) FROM jobs WHERE state IN ('ready', 'running')") == "0")
        status, made, _ = shop.other.call("POST", "/api/v1/listings", photo(number), {"Idempotency-Key": f"photo {number}"})
        if status != 202:
            raise Fault(f"the upload was answered {status}: {made}")
        begun = "SELECT updated_at - created_at FROM jobs WHERE id = '{}' AND state = 'running'".format(made["job"])
        waited.append(int(wait_for("the job to begin", lambda: shop.postgres.ask(begun))) / 1000)
    return waited


def check_rows(postgres, records, extra):
    """As ledger.py, in the words of this database."""

    def expect(what, want, got):
        if want != got:
            raise Fault(f"{what}: {got} instead of {want}")

    def lines(sql):
        return postgres.ask(sql).splitlines()

    expect("listings", sorted([record.listing for record in records] + extra), sorted(lines("SELECT id FROM listings")))
    for record in records:
        of = f"listing {record.listing} of photo {record.number}, "
        expect(of + "its photo", [record.photo_sha256], lines(f"SELECT sha256 FROM photos WHERE listing_id = '{record.listing}'"))
        state = "approved" if record.approved else "draft"
        expect(of + "state", [f"{state}|{record.version}"], lines(f"SELECT state, version FROM listings WHERE id = '{record.listing}'"))
        audit = lines(f"SELECT action FROM audit WHERE subject = '{record.listing}' ORDER BY id")
        events = lines(f"SELECT kind FROM events WHERE subject = '{record.listing}' ORDER BY id")
        expect(of + "times made", 1, audit.count("listing.create"))
        expect(of + "times drafted", 1, audit.count("listing.drafted"))
        expect(of + "audit rows for its versions", record.version, len(audit))
        expect(of + "events for its versions", ["listing.created"] + ["listing.changed"] * (record.version - 1), events)
    expect("jobs", [f"done|{len(records) + len(extra)}"], lines("SELECT state, count(*) FROM jobs GROUP BY state"))


def run(options, shop, chance):
    shop.open()
    waited = wakes(shop, range(10**6, 10**6 + 3))
    extra = shop.postgres.ask("SELECT id FROM listings").splitlines()
    print(f"  a job began {statistics.median(waited) * 1000:.0f} ms after it was enqueued in another process (median of {len(waited)})", flush=True)

    numbers = list(range(options.photos))
    sellers = [PatientSeller(house, numbers[i::2], chance.random()) for i, house in enumerate(shop.houses())]
    for seller in sellers:
        seller.start()
    for turn in range(options.rounds):
        for seller in sellers:
            seller.allowed = -(-len(seller.numbers) * (turn + 1) // options.rounds)
        is_killed(shop, sellers, chance)
    wait_for("a draft that a seller approves", lambda: shop.expect_well(sellers) or any(s.fault or s.count["approvals"] for s in sellers))
    asked, longest = stays_away(shop, sellers, options.away)
    print(f"  away for {options.away} s: {asked} requests were told to wait, after {longest * 1000:.0f} ms at most", flush=True)

    for seller in sellers:
        seller.allowed = len(seller.numbers)
        seller.finishing.set()
    for seller in sellers:
        while seller.is_alive():
            shop.expect_well(sellers)
            seller.join(0.1)
    shop.expect_well(sellers)
    refused, answered = runs_dry(shop)
    print(f"  all connections in use: {refused} of {refused + answered} requests were told to wait, {answered} were answered", flush=True)

    records = [record for seller in sellers for record in seller.records]
    wait_for_drafts(shop.house, sellers)
    for record in records:
        look_once_more(shop.other, record)
    for house in shop.houses():
        for process in house.processes():
            code = process.stop()
            if code != 0:
                raise Fault(f"{process.name} ended with {code} when it was asked to")
    check_rows(shop.postgres, records, extra)
    for log in shop.house.folder.glob("*.log"):
        if PASSWORD in log.read_text(errors="replace"):
            raise Fault(f"the database's password is in {log.name}")
    print(f"  acknowledged: { {what: sum(seller.count[what] for seller in sellers) for what in sellers[0].count} }")


def attempt(trial):
    os.environ.pop("VITRINE_DATABASE", None)
    with Postgres() as postgres:
        shop = Shop(trial.options.binary, trial.folder, postgres)
        try:
            run(trial.options, shop, trial.chance)
        except Exception:
            shutil.copy(postgres.log, trial.folder)
            raise
        finally:
            shop.kill_all()
    return "nothing acknowledged was lost or doubled"


if __name__ == "__main__":
    sys.exit(run_trial(__doc__, {"rounds": (3, "kills of the database"), "photos": (6, "uploads"), "away": (5, "seconds without a database")}, attempt))
