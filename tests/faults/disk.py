"""A disk under the program that keeps a diary of what is written and synced, fills up, and fails: disk_shim.c, built and
told what to do."""

import json
import mmap
import os
import pathlib
import struct
import subprocess

RECORD = struct.Struct("<IIQqII")
CONTROL = struct.Struct("<qq120s120s")
ENDLESS = -1


def build(folder, name):
    """A shim beside this file as a library in the folder: its path."""
    source, library = pathlib.Path(__file__).with_name(f"{name}.c"), folder / f"{name}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, source, "-ldl"], check=True)
    return library


class Disk:
    """The disk below `root`, of all processes that are started with its environment."""

    def __init__(self, folder, root, with_diary=False):
        self.root, self.diary = root.resolve(), folder / "diary"
        control = folder / "disk-control"
        control.write_bytes(bytes(CONTROL.size))
        with open(control, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), CONTROL.size)
        self.environment = {"LD_PRELOAD": str(build(folder, "disk_shim")), "VITRINE_DISK_ROOT": str(self.root), "VITRINE_DISK_CONTROL": str(control)}
        if with_diary:
            self.environment["VITRINE_DISK_DIARY"] = str(self.diary)
        self.heal()

    def room(self, bytes_left, part_of_path=""):
        """Files, or those with this in their path, may grow by so many bytes more."""
        self.tell(room=bytes_left, full=part_of_path)

    def room_left(self):
        return CONTROL.unpack_from(self.control)[0]

    def fail_sync(self, part_of_path, after=0):
        """One sync of a file or folder with this in its path fails, after so many that do not."""
        self.tell(syncs_left=after, failing=part_of_path)

    def heal(self):
        self.tell()

    def tell(self, room=ENDLESS, syncs_left=ENDLESS, full="", failing=""):
        CONTROL.pack_into(self.control, 0, ENDLESS, ENDLESS, full.encode(), failing.encode())
        CONTROL.pack_into(self.control, 0, room, syncs_left, full.encode(), failing.encode())

    def is_full(self):
        return self.room_left() == 0

    def mark(self, **words):
        """Writes into the diary what the client knows now."""
        text = json.dumps(words).encode()
        record = RECORD.pack(RECORD.size + len(text), ord("M"), 0, 0, 0, 0) + text
        descriptor = os.open(self.diary, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, record)
        finally:
            os.close(descriptor)


class MountedDisk:
    """A file system of its own, so small that it is really full: where mounting is allowed."""

    def __init__(self, folder, megabytes):
        self.folder, self.filler = folder, folder / "filler"
        folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "vitrine-faults", folder]
        self.is_mounted = subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0

    def room(self, bytes_left):
        status = os.statvfs(self.folder)
        with open(self.filler, "ab") as file:
            file.write(bytes(max(0, status.f_bavail * status.f_frsize - bytes_left)))

    def is_full(self):
        status = os.statvfs(self.folder)
        return status.f_bavail * status.f_frsize < 1_000_000

    def heal(self):
        self.filler.unlink(missing_ok=True)

    def unmount(self):
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", self.folder], check=True)


def lines(diary):
    """(kind, node, offset, path, second path, data), one after the other."""
    everything, at = memoryview(diary.read_bytes()), 0
    while at < len(everything):
        size, kind, node, offset, path_length, second_length = RECORD.unpack_from(everything, at)
        path_end = at + RECORD.size + path_length
        path, second = bytes(everything[at + RECORD.size:path_end]).decode(), bytes(everything[path_end:path_end + second_length]).decode()
        yield chr(kind), node, offset, path, second, everything[path_end + second_length:at + size]
        at += size
