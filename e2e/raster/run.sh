#!/bin/sh
# e2e/raster/run.sh
# Draws every picture of all models as PNG, light and dark, and as PDF, and holds
# them against what Chromium shows of the SVG. Prints a table by model.
# Wants Go, rsvg-convert, Chromium (chromium on PATH) and poppler-utils.
set -eu
cd "$(dirname "$0")"
export FLOWC_E2E=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! go test -count=1 -timeout 15m -v . >"$log" 2>&1; then
    cat "$log"
    exit 1
fi
grep -v '^=== ' "$log"
