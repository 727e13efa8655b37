"""The real program under test: one server, some workers, one data folder, all on this machine."""

import hashlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples" / "photos"
PATIENCE = 300  # seconds that a slow, loaded machine gets for what takes one


class Lost(Exception):
    """The request got no answer. Whether it was done is not known."""


class Fault(Exception):
    """What must not happen has happened."""


def moments():
    """Yields until the patience is over. Minutes in which this test itself stood still count as seconds."""
    spent, before = 0, time.monotonic()
    while spent < PATIENCE:
        yield
        now = time.monotonic()
        spent, before = spent + min(now - before, 10), now


def wait_for(what, condition):
    """What the condition says, once that is something."""
    for _ in moments():
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise Fault(f"waited in vain for {what}")


def photo(number):
    """A real photo that no other number gives: a sample with the number in a comment that no decoder shows."""
    samples = sorted(path for path in SAMPLES.iterdir() if path.suffix == ".jpg")
    data = samples[number % len(samples)].read_bytes()
    words = f"fault test, photo {number}".encode()
    return data[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + data[2:]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Process:
    def __init__(self, name, command, environment, log):
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.running = None

    def start(self):
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the test alone
            )

    def signal(self, number):
        self.running.send_signal(number)

    def kill(self):
        """kill -9, and gone when this returns. Works on a stopped process, too."""
        if self.running:
            self.running.kill()
            self.running.wait()
            self.running = None

    def stop(self):
        """As an operator stops it. Its exit code."""
        self.signal(signal.SIGTERM)
        code = self.running.wait(PATIENCE)
        self.running = None
        return code

    def died(self):
        """Its exit code when it ended by itself."""
        return self.running.poll() if self.running else None

    def says(self, event):
        """The lines of its log with this event."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if f'"{event}"' in line]


class House:
    """The server drafts nothing itself and has no models, so that it is up again in a fifth of a second; all drafts are
    made by `vitrine work`, with the real models."""

    def __init__(self, binary, folder, workers=1, under=None):
        """`under`: what is added to the environment of every process, such as a disk that fails."""
        self.binary, self.folder, self.data = binary, folder, folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        home = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share")
        self.environment = {
            **os.environ,
            "XDG_DATA_HOME": str(folder),  # no settings file of whoever runs this
            "VITRINE_MODELS": os.environ.get("VITRINE_MODELS") or str(home / "vitrine" / "models"),
            "VITRINE_AUTH_REQUESTS_PER_SECOND": "1000000",
            "VITRINE_AUTH_REQUESTS_BURST": "1000000",
            "VITRINE_AUTH_PASSWORD_MEMORY_MIB": "8",
            **(under or {}),
        }
        without_models = {**self.environment, "VITRINE_MODELS": str(folder / "no-models")}
        address = f"127.0.0.1:{self.port}"
        self.server = Process(
            "server", [binary, "serve", "--data", str(self.data), "--listen", address, "--workers", "0"], without_models, folder / "serve.log"
        )
        self.workers = [self.worker(f"worker {i}") for i in range(workers)]
        self.cookie = ""

    def worker(self, name, lease_seconds=30):
        environment = {**self.environment, "VITRINE_QUEUE_LEASE_SECONDS": str(lease_seconds)}
        log = self.folder / (name.replace(" ", "-") + ".log")
        return Process(name, [self.binary, "work", "--data", str(self.data)], environment, log)

    def processes(self):
        return [self.server, *self.workers]

    def open(self):
        """Starts the server for the first time and makes the owner's account."""
        self.server.start()
        self.wait_for_server()
        file = self.data / "setup-code"
        code = wait_for("the setup code", lambda: file.exists() and file.read_text().strip())
        status, answer, headers = self.call("POST", "/api/v1/setup", {"code": code, "name": "Ada", "password": "a long enough password"})
        if status >= 300:
            raise Fault(f"setup was refused: {answer}")
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def wait_for_server(self):
        """Until it answers. How long that took, in seconds."""
        start = time.monotonic()
        for _ in moments():
            if self.server.died() is not None:
                raise Fault(f"the server ended with {self.server.died()}:\n{self.server.log.read_text()[-2000:]}")
            try:
                if self.call("GET", "/health")[0] == 200:
                    return time.monotonic() - start
            except Lost:
                time.sleep(0.005)
        raise Fault("the server does not answer")

    def call(self, method, path, body=None, headers=(), sending=None):
        """(status, answer, headers). `body` is bytes (a photo), or what becomes JSON. `sending` is set when it goes out.
        Raises Lost."""
        kind = "image/jpeg" if isinstance(body, bytes) else "application/json"
        sent = {"Origin": f"http://127.0.0.1:{self.port}", "Cookie": self.cookie, "Content-Type": kind, **dict(headers)}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            if sending:
                sending.set()
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as lost:
            raise Lost(str(lost)) from lost
        finally:
            connection.close()
        is_json = answer.headers.get("Content-Type", "").split(";")[0].endswith("json")
        return answer.status, json.loads(data) if is_json else data, answer.headers

    def kill_all(self):
        for process in self.processes():
            process.kill()
