"""Sends the running server what its own API document allows, and what it forbids, signed in as the owner.

    python run.py BINARY [--examples N] [--seed N]

Starts a server and a worker on a data folder of their own, with some drafts in it, and ends with schemathesis' own status: 0 when no
answer was a 5xx and every answer was of a status and a shape that the document names. Its last lines say how many
requests there were. Left out: what stays open (events), and what would end the session that it works under.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "faults"))

from house import House, photo, wait_for

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection"
LEFT_OUT = ("events.stream", "events.socket", "auth.sign_out", "me.revoke_session", "me.revoke_other_sessions",
            "setup.finish")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--examples", type=int, default=450, help="of each operation")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="vitrine-schema-") as folder:
        house = House(options.binary.resolve(), Path(folder), workers=1)
        house.server.environment = house.environment  # with models, or it would rightly answer 503 to /ready
        try:
            house.open()
            house.workers[0].start()
            made = [house.call("POST", "/api/v1/listings", photo(number))[1]["listing"] for number in range(3)]
            wait_for("the drafts", lambda: all(house.call("GET", f"/api/v1/listings/{id}")[1]["state"] == "draft" for id in made))
            address = f"http://127.0.0.1:{house.port}"
            command = ["schemathesis", "run", ROOT / "api/openapi.json", "--url", address, "--checks", CHECKS,
                       "--max-examples", str(options.examples), "--seed", str(options.seed), "--continue-on-failure", "--no-color",
                       "--header", f"Cookie: {house.cookie}", "--header", f"Origin: {address}", "--suppress-health-check", "all",
                       "--request-timeout", "60"]
            for operation in LEFT_OUT:
                command += ["--exclude-operation-id", operation]
            return subprocess.run([Path(sys.executable).parent / command[0], *command[1:]], cwd=folder).returncode
        finally:
            house.kill_all()


if __name__ == "__main__":
    sys.exit(main())
