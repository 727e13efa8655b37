"""What must hold in the database after everything: each upload once, each draft once, every change with its event."""

import sqlite3

from house import Fault


def check(data, records):
    database = sqlite3.connect(f"file:{data / 'vitrine.db'}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row

    def rows(sql, *values):
        return database.execute(sql, values).fetchall()

    def expect(what, want, got):
        if want != got:
            raise Fault(f"{what}: {got} instead of {want}")

    expect("integrity", "ok", rows("PRAGMA integrity_check")[0][0])
    expect("listings that nobody uploaded", [], sorted({row["id"] for row in rows("SELECT id FROM listings")} - {r.listing for r in records}))
    expect("listings", len(records), len({record.listing for record in records}))
    for record in records:
        of = f"listing {record.listing} of photo {record.number}, "
        expect(of + "its row", 1, len(rows("SELECT 1 FROM listings WHERE id = ?", record.listing)))
        listing = rows("SELECT state, version FROM listings WHERE id = ?", record.listing)[0]
        expect(of + "its photo", [record.photo_sha256], [row["sha256"] for row in rows("SELECT sha256 FROM photos WHERE listing_id = ?", record.listing)])
        expect(of + "state", "approved" if record.approved else "draft", listing["state"])
        expect(of + "version", record.version, listing["version"])
        audit = [row["action"] for row in rows("SELECT action FROM audit WHERE subject = ? ORDER BY id", record.listing)]
        events = [row["kind"] for row in rows("SELECT kind FROM events WHERE subject = ? ORDER BY id", record.listing)]
        expect(of + "times made", 1, audit.count("listing.create"))
        expect(of + "times drafted", 1, audit.count("listing.drafted"))
        expect(of + "audit rows for its versions", record.version, len(audit))
        expect(of + "events for its versions", ["listing.created"] + ["listing.changed"] * (record.version - 1), events)
    expect("jobs", [("done", len(records))], [tuple(row) for row in rows("SELECT state, count(*) FROM jobs GROUP BY state")])
    database.close()
