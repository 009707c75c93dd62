#!/usr/bin/env bash
# Builds a good and a broken site with each documentation engine and prints the
# tables of how they went: first with the engines of this machine and with those
# of npm, then with those of newer Debians. An engine that is not installed, and
# a Debian that cannot be had, is a failure.
set -euo pipefail
cd "$(dirname "$0")"
export FLOWC_E2E=1

go test -count=1 -timeout 30m -v -skip MdBook . | grep -v '^=== '
for suite in trixie forky; do
	root=$(./chroot.sh "$suite" hugo mdbook mkdocs python3-myst-parser python3-sphinx)
	FLOWC_E2E_ROOT=$root go test -count=1 -timeout 10m -v -run 'MdBook|Hugo|MkDocs$|Sphinx$' . | grep -v '^=== '
done
