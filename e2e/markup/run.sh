#!/usr/bin/env bash
# Reads what flowc docs writes with the real parsers of its languages: labels
# full of markup must come out as they are. Wants Asciidoctor and docutils.
set -euo pipefail
cd "$(dirname "$0")"
FLOWC_E2E=1 go test -count=1 -v .
