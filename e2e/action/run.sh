#!/usr/bin/env bash
# Lints the workflows, and with them how they use action.yml. The action's own
# steps are run by the test beside this.
set -euo pipefail
cd "$(dirname "$0")/../.."
actionlint=v1.7.12
bin=${XDG_CACHE_HOME:-$HOME/.cache}/flowc-ci/actionlint-$actionlint
if [ ! -x "$bin/actionlint" ]; then
	echo "building actionlint $actionlint, once"
	GOBIN=$bin GOFLAGS= go install "github.com/rhysd/actionlint/cmd/actionlint@$actionlint"
fi
"$bin/actionlint" -version | head -1
"$bin/actionlint"
# a wrong input must be seen, or action.yml is not read
workflow=$(mktemp -p .github/workflows --suffix .yml)
trap 'rm -f "$workflow"' EXIT
sed 's/models: models/modles: models/' .github/workflows/flowc.yml >"$workflow"
if "$bin/actionlint" "$workflow" >/dev/null; then
	echo "actionlint does not read action.yml"
	exit 1
fi
