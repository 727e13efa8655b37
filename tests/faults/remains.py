"""What a disk may hold after a power cut, at any line of the diary that disk.py keeps."""

import hashlib
import pathlib
import re

from house import Fault

SECTOR = 512


class File:
    """What of it is on the disk for certain, and the changes that may or may not have come there."""

    def __init__(self):
        self.certain, self.pending, self.gone_before, self.version = bytearray(), [], 0, 0
        self.cached = None  # (version, sha256)

    def change(self, change):
        self.pending.append(change)
        self.version += 1

    def changes(self):
        return self.gone_before + len(self.pending)

    def sync(self, upto):
        now, self.pending = self.pending[:max(0, upto - self.gone_before)], self.pending[max(0, upto - self.gone_before):]
        self.gone_before += len(now)
        for change in now:
            apply(self.certain, change)


def apply(content, change):
    """(offset, data), or (length, None): cut or lengthened to it."""
    offset, data = change
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
    else:
        content.extend(bytes(max(0, offset - len(content))))
        content[offset:offset + len(data)] = data


def torn(change, chance):
    """The sectors of a write that came to the disk."""
    offset, data = change
    at = 0
    while at < len(data):
        end = min(len(data), ((offset + at) // SECTOR + 1) * SECTOR - offset)
        if chance.random() < 0.5:
            yield offset + at, data[at:end]
        at = end


FOLDER = object()


class Entry:
    """A change of names that may or may not be on the disk: a name given (and another lost with it), or a name lost."""

    def __init__(self, number, given, node, lost):
        self.number, self.given, self.node, self.lost = number, given, node, lost


def parent(path):
    return path.rpartition("/")[0]


class Remains:
    """Reads the diary line by line and knows, after each, what the disk may hold.

    What was synced is there. Of the rest, each write may be there, be missing, or be torn into sectors, whatever came of
    later ones; so may each name that was given or taken, until its folder is synced. A file that was renamed from one
    folder into another is not lost between them.
    `forget` are patterns of paths (a folder's ends with a slash) whose syncs are not believed, to prove that they matter."""

    def __init__(self, root, forget=()):
        self.root, self.forget = str(root), forget
        self.names, self.certain, self.pending = {}, {}, []  # path -> File or FOLDER
        self.nodes, self.paths = {}, {}  # inode -> File, its last path
        self.syncs, self.count = {}, 0

    def take(self, line):
        kind, node, offset, path, second, data = line
        self.count += 1
        if kind == "O":
            known = self.names.get(path)
            if not isinstance(known, File) or self.nodes.get(node) is not known:
                self.nodes[node] = File()
                self.enter(path, self.nodes[node])
            self.paths[node] = path
        elif kind == "W" or kind == "T":
            if node not in self.nodes:
                raise Fault("the diary has a file that nobody made; was the data folder empty at the start?")
            self.nodes[node].change((offset, data if kind == "W" else None))
        elif kind == "D":
            self.enter(path, FOLDER)
        elif kind == "R":
            self.enter(second, self.names.pop(path), lost=path)
        elif kind == "L":
            self.enter(second, self.names[path])
        elif kind == "U":
            if self.names.pop(path, None) is not None:
                self.pending.append(Entry(self.count, None, None, path))
        elif kind == "S":
            of = self.nodes.get(offset)
            if of and self.believes(self.paths[offset]):
                self.syncs[node] = (of, of.changes())
        elif kind == "s":
            if self.believes(path + "/"):
                self.syncs[node] = (path, self.count)
        elif kind == "E" and node in self.syncs:
            of, upto = self.syncs.pop(node)
            if isinstance(of, File):
                of.sync(upto)
            else:
                self.sync_folder(of, upto)

    def believes(self, path):
        return not any(re.search(part, path) for part in self.forget)

    def enter(self, path, what, lost=None):
        self.names[path] = what
        self.pending.append(Entry(self.count, path, what, lost))

    def sync_folder(self, folder, upto):
        left = []
        for entry in self.pending:
            gives, loses = entry.given and parent(entry.given) == folder, entry.lost and parent(entry.lost) == folder
            if entry.number > upto or not (gives or loses):
                left.append(entry)
                continue
            if entry.given:
                self.certain[entry.given] = entry.node
            if loses:
                self.certain.pop(entry.lost, None)
            elif entry.lost:
                left.append(Entry(entry.number, None, None, entry.lost))
        self.pending = left

    def image(self, chance):
        """One of the disks that may be left: {path below the root: content}, and in words how it was drawn."""
        how = chance.choices(["all lost", "all kept", "a beginning kept", "each by chance"], [3, 1, 2, 6])[0]
        keep = {"all lost": 0.0, "all kept": 1.0}.get(how, chance.choice([0.1, 0.5, 0.9]))
        names, cut = dict(self.certain), len(self.pending) * chance.random()
        for number, entry in enumerate(self.pending):
            if number < cut if how == "a beginning kept" else chance.random() < keep:
                if entry.given:
                    names[entry.given] = entry.node
                if entry.lost:
                    names.pop(entry.lost, None)
        files = {}
        for path, node in names.items():
            above = parent(path)
            while above != self.root and names.get(above) is FOLDER:
                above = parent(above)
            if node is not FOLDER and above == self.root:
                files[path[len(self.root) + 1:]] = self.content(node, how, keep, chance)
        return files, how

    @staticmethod
    def content(file, how, keep, chance):
        if not file.pending or how == "all lost":
            if file.cached is None or file.cached[0] != file.gone_before:
                file.cached = (file.gone_before, bytes(file.certain))
            return file.cached[1]
        content, cut = bytearray(file.certain), len(file.pending) * chance.random()
        for number, change in enumerate(file.pending):
            if how == "each by chance" and change[1] is not None and chance.random() < 0.2:
                for sector in torn(change, chance):
                    apply(content, sector)
            elif number < cut if how == "a beginning kept" else chance.random() < keep:
                apply(content, change)
        return bytes(content)

    def expect_complete(self):
        """Raises Fault unless the diary, applied as it is, gives what really lies below the root."""
        held = {}
        for path, node in self.names.items():
            if node is not FOLDER:
                content = bytearray(node.certain)
                for change in node.pending:
                    apply(content, change)
                held[path] = hashlib.sha256(content).hexdigest()
        for path in pathlib.Path(self.root).rglob("*"):
            text = str(path)
            if not path.is_file() or path.suffix == ".log" or text.endswith("-shm") or path.parent.name == "processes":
                continue
            if held.pop(text, None) != hashlib.sha256(path.read_bytes()).hexdigest():
                raise Fault(f"{path} was written past the diary: disk_shim.c does not see all that the program does")
        left = [path for path in held if parent(path).rpartition("/")[2] != "processes" and not path.endswith("-shm")]
        if left:
            raise Fault(f"the diary holds files that are not there: {left}")
