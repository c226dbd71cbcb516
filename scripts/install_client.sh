#!/usr/bin/env bash
# Install the genuine client, pinned by tests/agreement/package-lock.json, below .tools/claude.
#
# Only the program is taken: no package runs a script, nothing is logged in, and the tests start it without a network,
# with a home and a configuration directory of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=tests/agreement/package-lock.json
cmp -s "$wanted" .tools/claude/.installed && exit 0
echo "installing the genuine client" >&2
mkdir -p .tools/claude
cp tests/agreement/package.json "$wanted" .tools/claude/
export PATH="$PWD/.tools/node/bin:$PATH"
(cd .tools/claude && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
cp "$wanted" .tools/claude/.installed
