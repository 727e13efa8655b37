#!/usr/bin/env bash
# What a machine can hold: format, the room map, third-party includes, clang-tidy, dead links, marks left behind.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
say() { printf '%s\n' "$*" >&2; bad=1; }

unformatted=$(git ls-files 'src/*.cpp' 'src/*.hpp' | xargs clang-format-16 --dry-run 2>&1 | grep -c 'warning:')
[ "$unformatted" -eq 0 ] || say "$unformatted places are not formatted: run make format"

python3 tools/check_rooms.py || bad=1

marks=$(git grep -nwIE '(TODO|FIXME|XXX|HACK)' -- src web/src sdk 2>/dev/null)
[ -z "$marks" ] || say "Marks left behind:" "$marks"

[ -f build/dev/compile_commands.json ] || cmake --preset dev >/dev/null
git ls-files 'src/*.cpp' | grep -vE '_(test|fuzz)\.cpp$' | xargs -P "$(nproc)" -n 4 clang-tidy-16 -p build/dev --quiet 2>/dev/null | grep -E 'warning:|error:' | sort -u > build/tidy.txt
if [ -s build/tidy.txt ]; then say "clang-tidy:"; cat build/tidy.txt >&2; fi
exit $bad
