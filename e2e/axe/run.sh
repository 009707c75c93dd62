#!/bin/sh
# e2e/axe/run.sh PATH...
# Holds the SVG files under the paths, and the fences of every model as a page
# of documents shows them with their words, to the rules of axe in headless
# Chromium: in light and dark pages, in every theme.
# Wants Node 20 or later, npm, Go and Chromium (CHROMIUM names another).
set -eu

if [ $# -eq 0 ]; then
    sed -n '2,6s/^# //p' "$0" >&2
    exit 2
fi

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT

if [ ! -e "$here/node_modules/.package-lock.json" ] || [ "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]; then
    npm --prefix "$here" ci --ignore-scripts --no-audit --no-fund
fi
go -C "$here/../.." build -o "$pages/flowc" ./cmd/flowc
for theme in high-contrast print; do
    "$pages/flowc" render --quiet "$here/../../models" --format svg --view topology,decision,sequence,visibility --theme "$theme" -o "$pages/$theme" >/dev/null 2>&1
done
mkdir "$pages/fences"
for model in "$here"/../../models/*.flow; do
    name=$(basename "$model" .flow)
    for view in topology sequence visibility; do
        (cd "$here/../../models" && "$pages/flowc" render - --fence "view=$view words" --stdin-name "$name.$view.md" <"$model") >"$pages/fences/$name.$view.html"
    done
done
node "$here/check.mjs" "$@" "$pages"
