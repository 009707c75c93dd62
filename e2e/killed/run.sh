#!/usr/bin/env bash
# Kills flowc while it renders, at many moments, and looks at what it leaves.
set -euo pipefail
cd "$(dirname "$0")"
FLOWC_E2E=1 go test -count=1 -v .
