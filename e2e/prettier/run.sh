#!/usr/bin/env bash
# Runs prettier between two runs of flowc docs: what flowc wrote stays true, and
# what prettier formatted stays so. MDX must compile, too.
# Wants Node 20 or later, npm and Go.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --ignore-scripts --no-audit --no-fund
fi
FLOWC_E2E=1 go test -count=1 -v .
