#!/usr/bin/env bash
# Builds the web page into web/build when a source is newer than it. The SDK is built first: the page talks through it.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f web/package.json ] || exit 0
newest=$(find web sdk/ts api -name node_modules -prune -o -name build -prune -o -name .svelte-kit -prune -o -name dist -prune -o -type f -newer web/build/index.html -print -quit 2>/dev/null || echo first)
[ -f web/build/index.html ] && [ -z "$newest" ] && exit 0
echo "Building the web page" >&2
(cd sdk/ts && npm run --silent build)
(cd web && npm run --silent build >/dev/null)
