#!/usr/bin/env bash
# Runs every case on the real HAProxy and prints the tables: what was exported,
# accepted and run, whether it came out as derived, and what flowc verify says
# of the capture. It needs root, or the rights to capture and to bind port 80.
set -euo pipefail
cd "$(dirname "$0")"
FLOWC_E2E=1 go test -count=1 -timeout 10m -v . | grep -v '^=== '
