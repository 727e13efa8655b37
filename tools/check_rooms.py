#!/usr/bin/env python3
"""Holds what the compiler cannot: third-party includes against the room's libraries, dead files, links in Markdown.

The room map itself (which room may include which) is held by cmake/Room.cmake; here only the libraries are checked,
because every system header lies in the same folder.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Header prefix -> rooms that may include it (DESIGN.md section 3, USES of libraries).
LIBRARIES = {
    "vips/": {"photo"},
    "soci": {"store"},
    "sqlite3.h": {"store"},
    "libpq-fe.h": {"store"},
    "boost/asio": {"http"},
    "boost/beast": {"http"},
    "boost/url": {"http", "core"},
    "openssl/": {"http", "photo", "vision"},
    "curl/": {"http"},
    "openvino/": {"vision"},
    "opencv2/": {"vision"},
    "zip.h": {"vision"},
    "CLI/": {"app"},
    "toml++/": {"core"},
    "spdlog/": {"core"},
    "prometheus/": {"core"},
    "sodium.h": {"store", "queue", "auth"},
}


def third_party_includes() -> list[str]:
    problems = []
    for path in sorted((ROOT / "src").rglob("*.[ch]pp")):
        room = path.relative_to(ROOT / "src").parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'#include [<"]([^>"]+)[>"]', line)
            if not match:
                continue
            for prefix, rooms in LIBRARIES.items():
                if match[1].startswith(prefix) and room not in rooms:
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {match[1]} belongs to {', '.join(sorted(rooms))}")
    return problems


def rooms_without_readme() -> list[str]:
    return [f"src/{room.name} has no README.md" for room in sorted((ROOT / "src").iterdir())
            if room.is_dir() and not (room / "README.md").exists()]


def dead_links() -> list[str]:
    problems = []
    for path in sorted(ROOT.rglob("*.md")):
        if any(part in {"node_modules", "build", ".git"} for part in path.parts):
            continue
        prose = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (path.parent / target).exists():
                problems.append(f"{path.relative_to(ROOT)}: dead link to {target}")
    return problems


def main() -> int:
    problems = third_party_includes() + rooms_without_readme() + dead_links()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
