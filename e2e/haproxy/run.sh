#!/usr/bin/env bash
# e2e/haproxy/run.sh [--times N]
# Runs every case on the real HAProxy and prints the tables: what was exported,
# accepted and run, whether it came out as derived, and what flowc verify says
# of the capture. HAPROXY names another haproxy than that of the path. It needs
# root, which makes the cases a network of their own.
#
# Nothing is run again because it failed. With --times all cases run that often
# in a row, and the number of runs that passed is printed. FLOWC_E2E_KEEP names a
# folder, which keeps all of the runs that failed.
set -euo pipefail
cd "$(dirname "$0")"
times=1
if [ "${1:-}" = --times ]; then
	times=$2
fi
export FLOWC_E2E=1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go test -c -o "$dir/cases" .

passed=0
keep=${FLOWC_E2E_KEEP:-}
for run in $(seq "$times"); do
	if [ -n "$keep" ]; then
		export FLOWC_E2E_KEEP=$keep/$run
	fi
	begun=$SECONDS
	verdict=failed
	if "$dir/cases" -test.v -test.timeout 20m >"$dir/log" 2>&1; then
		passed=$((passed + 1))
		verdict=passed
	fi
	if [ "$verdict" = passed ] && [ "$times" != 1 ] && [ -n "$keep" ]; then
		rm -rf "$keep/$run"
	fi
	if [ "$times" = 1 ] || [ "$verdict" = failed ]; then
		grep -vE '^=== ' "$dir/log"
	fi
	echo "run $run of $times $verdict in $((SECONDS - begun)) s"
done
echo "$passed of $times runs passed"
[ "$passed" = "$times" ]
