"""Sends the running server what its own API document allows, and what it forbids, signed in as the owner.

    python run.py BINARY [--examples N] [--seed N]

Starts a server on a data folder of its own with some photos in it, and ends with schemathesis' own status: 0 when no
answer was a 5xx and every answer was of a status and a shape that the document names. Its last lines say how many
requests there were. Left out: what stays open (events), and what would end the session that it works under.
"""

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection"
LEFT_OUT = ("events.stream", "events.socket", "auth.sign_out", "me.revoke_session", "me.revoke_other_sessions",
            "setup.finish")


def started(binary: Path, data: Path) -> tuple[subprocess.Popen, str]:
    process = subprocess.Popen([binary, "serve", "--data", data, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if '"serve.ready"' in line:
            return process, json.loads(line)["address"]
    sys.exit("The server did not start.")


def signed_in(address: str, data: Path) -> str:
    """The session's cookie."""
    connection = http.client.HTTPConnection(address)
    body = {"code": (data / "setup-code").read_text().strip(), "name": "Ada", "password": "a long enough password"}
    connection.request("POST", "/api/v1/setup", json.dumps(body), {"Content-Type": "application/json", "Origin": f"http://{address}"})
    answer = connection.getresponse()
    if answer.status >= 300:
        sys.exit(f"Setting up failed: {answer.read().decode()}")
    return answer.getheader("Set-Cookie").split(";")[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--examples", type=int, default=450, help="of each operation")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="vitrine-schema-") as folder:
        data, log = Path(folder) / "data", Path(folder) / "log"
        process, address = started(options.binary, data)
        # The log is read all the time, or the server would wait for somebody who reads.
        keeping = subprocess.Popen(["tee", log], stdin=process.stderr, stdout=subprocess.DEVNULL)
        try:
            cookie = signed_in(address, data)
            photos = sorted((ROOT / "samples" / "photos").glob("*.jpg"))[:3]
            subprocess.run([options.binary, "add", "--data", data, *photos], check=True, stdout=subprocess.DEVNULL)
            command = ["schemathesis", "run", ROOT / "api/openapi.json", "--url", f"http://{address}", "--checks", CHECKS,
                       "--max-examples", str(options.examples), "--seed", str(options.seed), "--continue-on-failure", "--no-color",
                       "--header", f"Cookie: {cookie}", "--header", f"Origin: http://{address}", "--suppress-health-check", "all",
                       "--request-timeout", "60"]
            for operation in LEFT_OUT:
                command += ["--exclude-operation-id", operation]
            return subprocess.run([Path(sys.executable).parent / command[0], *command[1:]], cwd=folder).returncode
        finally:
            process.terminate()
            process.wait(60)
            keeping.wait(10)


if __name__ == "__main__":
    sys.exit(main())
