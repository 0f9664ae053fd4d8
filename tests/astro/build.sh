#!/usr/bin/env bash
# Installs the packages of the Astro app here and builds it, or builds the app in the directory it is given with the same
# packages; what is done already is not done again. Prints the node to run it with: the one on PATH if it is new enough,
# else the one that npm has installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
app=$(cd "${1:-$here}" && pwd)
export ASTRO_TELEMETRY_DISABLED=1

fail() { printf '%s\n' "$*" >&2; exit 1; }
sources() { { find src public ../catalogue.json -type f 2>/dev/null || true; } | sort | xargs cat astro.config.mjs "$here/package-lock.json" | cksum; }
is_new() { "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) ? 0 : 1)'; }

command -v npm >/dev/null || fail "The Astro app needs npm, which is not on PATH: install node 22.12 or newer, or any node with npm."
cd "$here"
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$(cksum <package-lock.json)" ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel error >&2 || fail "npm could not install the packages of $here"
    cksum <package-lock.json >node_modules/.installed
fi

node=$(command -v node || true)
if [ -z "$node" ] || ! is_new "$node"; then
    for node in "$here"/node_modules/node-*/bin/node; do :; done
    [ -x "$node" ] || fail "Astro 7 needs node 22.12 or newer, and npm has none for this machine: install one."
fi

cd "$app"
[ -e node_modules ] || ln -s "$here/node_modules" node_modules
if [ "$(cat dist/.built 2>/dev/null)" != "$(sources)" ]; then
    "$node" node_modules/astro/bin/astro.mjs build >&2 || fail "the Astro app in $app could not be built"
    sources >dist/.built
fi
printf '%s\n' "$node"
