#!/bin/sh
# e2e/mermaid/run.sh PATH...
# Parses every .mmd file under the paths with the real Mermaid in several
# versions, draws each in headless Chromium with the newest, and does both,
# drawing in every version, with a corpus of awkward labels.
# Wants Node 20 or later, npm, Go and Chromium (CHROMIUM names another).
set -eu

if [ $# -eq 0 ]; then
    sed -n '2,6s/^# //p' "$0" >&2
    exit 2
fi

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
labels=$(mktemp -d)
trap 'rm -rf "$labels"' EXIT

if [ ! -e "$here/node_modules/.package-lock.json" ] || [ "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]; then
    npm --prefix "$here" ci --ignore-scripts --no-audit --no-fund
fi
go -C "$here/../.." test ./emit -count=1 -run '^TestMermaidAwkwardLabels$' -look "$labels"

node "$here/parse.mjs" "$@" "$labels"
node "$here/draw.mjs" "$@"
node "$here/draw.mjs" --every "$labels"
