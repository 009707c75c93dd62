#!/usr/bin/env bash
# Runs every case on the real HAProxy and prints the tables: what was exported,
# accepted and run, whether it came out as derived, and what flowc verify says
# of the capture. It needs root, or the rights to capture and to bind port 80.
#
# Timeouts are real, and on a busy machine they strike early. A case that fails
# is named and runs alone up to two more times; one that fails every time fails.
set -euo pipefail
cd "$(dirname "$0")"
export FLOWC_E2E=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if go test -count=1 -timeout 10m -v . >"$log" 2>&1; then
	grep -v '^=== ' "$log"
	exit 0
fi
grep -v '^=== ' "$log"
failed=$(sed -nE 's/^ *--- FAIL: (Test[^ ]+) .*/\1/p' "$log" | grep -E '/.*/' || true)
others=$(sed -nE 's/^ *--- FAIL: (Test[^ ]+) .*/\1/p' "$log" | grep -vE '^TestEndToEnd' || true)
if [ -z "$failed" ] || [ -n "$others" ]; then
	exit 1
fi
for name in $failed; do
	pattern="^${name//\//\$/^}\$"
	for try in 2 3; do
		echo "$name: run $try"
		if go test -count=1 -v -run "$pattern" . >"$log" 2>&1; then
			grep -E '^ *--- ' "$log"
			continue 2
		fi
	done
	grep -v '^=== ' "$log"
	exit 1
done
