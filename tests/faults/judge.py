"""What must hold of a data folder at any moment, however its processes or its machine ended.

`files` are its contents, by path ("data/vitrine.db"); `records` what a client knows (seller.py); `cookie` is set when an
account was made; `scratch` is a folder for a copy of the database. ledger.py asks more, once all is done."""

import copy
import json
import sqlite3

from house import Fault, sha256


def files_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def judge(files, records, cookie, scratch):
    """Raises Fault when what lies on the disk lacks something that was told, or has something half."""
    if "data/vitrine.db" not in files:
        if records or cookie:
            raise Fault("the database is not there")
        return
    for name in ("vitrine.db", "vitrine.db-wal"):
        (scratch / name).unlink(missing_ok=True)
        if f"data/{name}" in files:
            (scratch / name).write_bytes(files[f"data/{name}"])
    (scratch / "vitrine.db-shm").unlink(missing_ok=True)
    database = sqlite3.connect(scratch / "vitrine.db", isolation_level=None)
    database.row_factory = sqlite3.Row
    try:
        judge_rows(database, files, records, cookie)
    except sqlite3.Error as error:
        raise Fault(f"SQLite says: {error}") from error
    finally:
        database.close()


def judge_rows(database, files, records, cookie):
    def rows(sql, *values):
        return database.execute(sql, values).fetchall()

    def expect_none(what, sql):
        found = [tuple(row) for row in rows(sql)]
        if found:
            raise Fault(f"{what}: {found[:3]}")

    integrity = rows("PRAGMA integrity_check")[0][0]
    if integrity != "ok":
        raise Fault(f"integrity: {integrity}")
    tables = {row["name"] for row in rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"listings", "photos", "jobs", "events", "audit", "sessions"} <= tables:
        if records or cookie:
            raise Fault(f"only these tables are there: {sorted(tables)}")
        return
    expect_none("rows that name what is not there", "PRAGMA foreign_key_check")
    if cookie and not rows("SELECT 1 FROM sessions"):
        raise Fault("the account that was made is not there")

    held = {path.rpartition("/")[2]: path for path in files if path.startswith("data/photos/") and "/.incoming/" not in path}
    for photo in rows("SELECT * FROM photos"):
        path = held.get(photo["sha256"])
        if path is None or sha256(files[path]) != photo["sha256"]:
            raise Fault(f"listing {photo['listing_id']} names photo {photo['sha256']}, which is {'damaged' if path else 'not there'}")
    for path, content in files.items():
        if path.startswith("data/derived/") and not is_whole(path, content):
            raise Fault(f"{path} is there and is no whole picture ({len(content)} bytes)")
    expect_none("listings without photo", "SELECT id FROM listings WHERE id NOT IN (SELECT listing_id FROM photos)")
    expect_none("listings without words to search by", "SELECT id FROM listings WHERE id NOT IN (SELECT listing_id FROM listing_words)")
    expect_none(
        "listings that wait for no job",
        "SELECT id, state FROM listings WHERE state IN ('received', 'drafting') AND (job_id IS NULL OR job_id NOT IN (SELECT id FROM jobs WHERE state IN ('ready', 'running')))",
    )
    expect_none("listings that no job ever drafted", "SELECT id FROM listings WHERE id NOT IN (SELECT json_extract(payload, '$.listing') FROM jobs)")
    expect_none("jobs of no listing", "SELECT id FROM jobs WHERE json_extract(payload, '$.listing') NOT IN (SELECT id FROM listings)")
    expect_none("photos uploaded twice", "SELECT sha256 FROM photos GROUP BY sha256 HAVING count(*) > 1")
    for table in ("events", "audit"):
        expect_none(
            f"listings with more or fewer {table} than versions",
            f"SELECT id, version, (SELECT count(*) FROM {table} WHERE subject = listings.id) AS n FROM listings WHERE n <> version",
        )

    for record in records:
        listing = rows("SELECT * FROM listings WHERE id = ?", record.listing)
        if not listing:
            raise Fault(f"listing {record.listing} was acknowledged and is not there")
        copy.copy(record).compare(shown(listing[0], rows("SELECT sha256 FROM photos WHERE listing_id = ? ORDER BY position", record.listing)))


def is_whole(path, content):
    if path.endswith(".webp"):
        return content[:4] == b"RIFF" and int.from_bytes(content[4:8], "little") + 8 == len(content)
    return content[:2] == b"\xff\xd8" and content[-2:] == b"\xff\xd9"


def shown(listing, photos):
    """The listing as the server would show it, as far as a record asks."""
    machine, person = json.loads(listing["machine"]), json.loads(listing["person"])
    fields = {name: {"value": person[name] if person.get(name) is not None else (machine.get(name) or {}).get("value")} for name in {*machine, *person}}
    return {"version": listing["version"], "state": listing["state"], "fields": fields, "photos": [dict(photo) for photo in photos]}
