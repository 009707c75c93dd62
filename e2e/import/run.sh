#!/usr/bin/env bash
# e2e/import/run.sh
# Holds the keywords and words that are read against the lists of the real HAProxy,
# runs each configuration of configs/ on it, and asks what its
# asks.txt has. What it sees is captured, and flowc verify has to agree. HAPROXY names
# another haproxy than that of the path. It needs
# root, which makes the configurations a network of their own.
set -euo pipefail
cd "$(dirname "$0")"
FLOWC_E2E=1 go test -count=1 .
