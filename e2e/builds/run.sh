#!/usr/bin/env bash
# Runs the Makefiles and the build.ninja of docs/builds.md with the real Make
# and Ninja: what changed is built, what did not is not, what fails fails again.
set -euo pipefail
cd "$(dirname "$0")"
FLOWC_E2E=1 go test -count=1 -v .
