#!/usr/bin/env bash
# Builds a good and a broken site with each documentation engine and prints the
# table of how they went. An engine that is not installed is a failure.
set -euo pipefail
cd "$(dirname "$0")"
export FLOWC_E2E=1
go test -count=1 -timeout 20m -v . | grep -v '^=== '
